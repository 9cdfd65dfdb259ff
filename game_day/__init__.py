"""Game days: what a fault is expected to do, and what it did."""
