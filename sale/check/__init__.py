"""The links of each tier: what a load asks of them, and what they provide by settings and plan."""
