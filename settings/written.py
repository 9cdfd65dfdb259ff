"""Puts values into a stack's file; comments and all else stay as they are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path

from settings import edit
from settings.stack_file import BadInput


def written(file: Path, changes: Mapping[tuple[str, ...], float | str], write: bool) -> Iterator[str]:
    """The diff of the file with these values, line by line; applied if `write` is set. Paths are from its root.

    Raises NotThere where the file has no place for one, and BadInput where it cannot be written.
    """
    with file.open(encoding="utf-8", newline="") as opened:  # line ends stay as they are
        before = after = opened.read()
    for path, value in changes.items():
        after = edit.changed(after, path, value)
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
