"""Handlers of the Lambda functions: each file is a function's whole code."""
