"""The files of the project, without what make makes: a project that `pulumi new` made has no git to ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from devtools.paths import REPO_ROOT

MADE = frozenset({"build", "__pycache__"})


def files(suffix: str, *folders: str) -> Iterator[Path]:
    """Files with this suffix: of the whole tree, or in these folders of it."""
    for start in [REPO_ROOT / folder for folder in folders] or [REPO_ROOT]:
        for path in sorted(start.iterdir()):
            if path.is_dir() and path.name not in MADE and not path.name.startswith("."):
                yield from files(suffix, str(path.relative_to(REPO_ROOT)))
            elif path.is_file() and path.suffix == suffix:
                yield path
