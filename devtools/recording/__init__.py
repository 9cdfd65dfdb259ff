"""A program on a recording monitor instead of an engine: for tests, and for what needs a program's resources only."""
