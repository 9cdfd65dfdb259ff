"""Names that AWS gave: whatever the program calls by a name that is not its own has to exist.

Each module knows one kind of name, from what AWS and others publish as packages or from a dated table with its sources.
A rule sees one resource's inputs; what a name needs of another resource is judged over all of them.
"""

from __future__ import annotations
