"""What the shop is made of, told from the stack itself: the picture, and the table from case study to resources."""
