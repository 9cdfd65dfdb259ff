"""A sale event on one page: what each tier is asked and offers, what it costs, what happens when it goes wrong."""
