"""Puts what the account says into the stack's file; comments and all else stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from account.preflight.run import Finding
from settings import written as stack_file


def written(file: Path, findings: Sequence[Finding], write: bool) -> Iterator[str]:
    """The difference that the findings make to the file, line by line; made where `write` says so.

    Raises NotThere where the file has no place for one, and BadInput where it cannot be written.
    """
    changes = {change.path: change.value for finding in findings for change in finding.line.changes}
    yield from stack_file.written(file, changes, write)
