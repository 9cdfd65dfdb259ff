"""One module of rules per service; each lists its records in `RULES`."""
