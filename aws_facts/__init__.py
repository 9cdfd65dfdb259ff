"""Facts about AWS that its API models lack: dated tables with a source per line, and their readers.

Nothing of the project is imported here.
"""
