"""Puts what the account says into the stack's file; comments and all else stay as they are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from preflight.run import Finding
from sale import settings_file


def written(file: Path, findings: Sequence[Finding], write: bool) -> Iterator[str]:
    """The difference that the findings make to the file, line by line; made where `write` says so.

    Raises NotThere where the file has no place for one.
    """
    changes = {change.path: change for finding in findings for change in finding.line.changes}
    before = after = file.read_text(encoding="utf-8")
    for path, change in changes.items():
        after = settings_file.changed(after, path, change.value)
    if after == before:
        return
    yield from difflib.unified_diff(before.splitlines(), after.splitlines(), file.name, file.name, lineterm="", n=1)
    if write:
        file.write_text(after, encoding="utf-8")
        yield f"written to {file.name}"
    else:
        yield f"WRITE=1 writes this into {file.name}"
