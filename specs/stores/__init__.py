"""Kinds of stores, one module each: its settings, and what the rest of the program asks of them (`contract`)."""
