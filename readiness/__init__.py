"""Whether a stack is ready for an event: evidence gathered into items, one page and one signed statement."""
