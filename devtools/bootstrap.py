"""Begins the set-up, where the Python is new enough for it: a file of its own that every Python can read, from 2.7 on.

`python3 -m devtools.bootstrap` is what make calls; devtools/set_up.py is what it does.
"""

import sys

OLDEST_PYTHON = (3, 11)

if sys.version_info < OLDEST_PYTHON:
    sys.exit(
        "python: {} is {}.{}, but this needs 3.11 or later; name one: make PYTHON=python3.11".format(
            sys.executable, *sys.version_info[:2]
        )
    )

from devtools.set_up import main

if __name__ == "__main__":
    sys.exit(main())
