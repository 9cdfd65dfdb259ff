"""The command line of the project's tools."""
