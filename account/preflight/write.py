"""Writes the account's values into the stack's file; comments and all else stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from account.preflight.run import Finding
from settings import written as stack_file


def written(file: Path, findings: Sequence[Finding], write: bool) -> Iterator[str]:
    """The diff of the file with the findings' changes, line by line; applied if `write` is set.

    Raises NotThere where the file has no place for one, and BadInput where it cannot be written.
    """
    changes = {change.path: change.value for finding in findings for change in finding.line.changes}
    yield from stack_file.written(file, changes, write)
