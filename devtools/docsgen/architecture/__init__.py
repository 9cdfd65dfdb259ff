"""The table from the case study's lines to the resources that carry them, told from the stacks themselves."""
