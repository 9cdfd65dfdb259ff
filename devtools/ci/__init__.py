"""What the workflows under .github/ run that is more than one line of shell."""
