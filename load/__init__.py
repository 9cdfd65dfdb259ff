"""Load tests: an event as an arrival process, played by Locust, and what its results say of the services."""
