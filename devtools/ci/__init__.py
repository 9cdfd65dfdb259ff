"""Steps of the workflows under .github/ that are more than one line of shell."""
