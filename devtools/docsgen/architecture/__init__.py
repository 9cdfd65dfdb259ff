"""Table of the case study's lines and the resources that implement them, from recorded stacks."""
