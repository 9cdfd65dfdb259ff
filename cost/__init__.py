"""What a stack costs a month, from the resources that a rehearsed preview registers and from the forecast."""
