"""Puts what the account says into the stack's file; comments and all else stay as they are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from account.preflight.run import Finding
from settings import edit
from settings.stack_file import BadInput


def written(file: Path, findings: Sequence[Finding], write: bool) -> Iterator[str]:
    """The difference that the findings make to the file, line by line; made where `write` says so.

    Raises NotThere where the file has no place for one, and BadInput where it cannot be written.
    """
    changes = {change.path: change for finding in findings for change in finding.line.changes}
    with file.open(encoding="utf-8", newline="") as opened:  # line ends stay as they are
        before = after = opened.read()
    for path, change in changes.items():
        after = edit.changed(after, path, change.value)
    if after == before:
        return
    yield from difflib.unified_diff(before.splitlines(), after.splitlines(), file.name, file.name, lineterm="", n=1)
    if write:
        _write(file, after)
        yield f"written to {file.name}"
    else:
        yield f"WRITE=1 writes this into {file.name}"


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise BadInput(
            f"WRITE: {file.name} has to be writable (got {error.strerror}); let it be, or write the lines by hand"
        ) from None
