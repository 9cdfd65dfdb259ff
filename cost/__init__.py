"""Monthly cost of a stack, from the resources that a rehearsed preview registers and from the forecast."""
