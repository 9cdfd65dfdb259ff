"""What stands in the way of `pulumi destroy`: things that AWS has made or changed for a stack, and no state holds."""
