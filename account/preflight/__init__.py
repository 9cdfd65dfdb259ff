"""A stack held against the account that it is meant for, before anything is made: reading only."""
