"""A sale event on one page: what is asked of each tier, what it offers, what it costs, and what happens when it goes wrong."""
