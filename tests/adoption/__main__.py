"""`python -m tests.adoption FOLDER CHANGE…`: a copy of the tree with changes made, to look at or to test in whole."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from devtools.bench.shops import copy_tree
from devtools.paths import REPO_ROOT
from tests.adoption.changes import CHANGES


def changed(folder: Path, *names: str) -> Path:
    """A copy of the tree in `folder`, a repository of its own, with the changes made one after the other."""
    copy_tree(REPO_ROOT, folder)
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    for name in names:
        CHANGES[name](folder)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.adoption", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("changes", nargs="+", choices=CHANGES)
    given = parser.parse_args()
    print(changed(given.folder, *given.changes))


if __name__ == "__main__":
    main()
