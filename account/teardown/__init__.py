"""Obstacles to `pulumi destroy`: resources that AWS created or changed for a stack, outside of its state."""
