"""Facts about AWS that it publishes outside its API models: dated tables with a source a line, and their readers.

Nothing of the project is imported here.
"""
