"""Commands that work on your AWS account with your own credentials."""
