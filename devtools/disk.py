"""Files that are whole or not there, and what to say where a disk is full or may not be written.

Standard library only: the set-up uses it before anything is installed.
"""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

MEGABYTE: Final = 1 << 20

MIN_FREE: Final = 64 * MEGABYTE
"""Bytes that an operation needs at its start: twice the event log (20 MB) and the state with its backups (8 MB) of the
largest stack."""
MIN_LEFT: Final = 16 * MEGABYTE
"""Bytes at which a running engine is stopped: enough to write its state and the backup once more."""

_REMEDIES: Final = {
    errno.ENOSPC: "make room there, then run it again",
    errno.EDQUOT: "make room there, then run it again",
    errno.EFBIG: "lift the limit on the size of files (ulimit -f), then run it again",
    errno.EROFS: "it is on a read-only file system: work on a copy of the tree that can be written",
    errno.EACCES: "give it to the user who runs this, or remove it",
    errno.EPERM: "give it to the user who runs this, or remove it",
    errno.EMFILE: "raise the limit on open files (ulimit -n), then run it again",
    errno.ENOMEM: "free some memory, then run it again",
}


def explained(error: OSError) -> str:
    """The fault in one line: the path, the system's reason and what to do about it."""
    place = f"{error.filename}: " if error.filename else ""
    remedy = _REMEDIES.get(error.errno or 0)
    return f"{place}{error.strerror or error}" + (f"; {remedy}" if remedy else "")


def free(folder: Path) -> int:
    """Bytes that this user may still write in `folder`."""
    return shutil.disk_usage(folder).free


def full(folder: Path) -> str:
    """The words for a disk without room, with what is free."""
    return f"{folder}: no room left ({free(folder) / MEGABYTE:.1f} MB free); make room there, then run it again"


def too_small(folder: Path) -> str:
    """Why there is no point in beginning in `folder`; nothing where there is room enough."""
    left = free(folder)
    if left >= MIN_FREE:
        return ""
    return (
        f"{folder}: at least {MIN_FREE // MEGABYTE} MB have to be free (got {left / MEGABYTE:.1f}); "
        "make room there, then run it again: nothing has been changed"
    )


def write_whole(path: Path, data: bytes) -> None:
    """Write beside, sync and rename: `path` is what it was or all of the new, whenever it ends. Raises OSError that
    names the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None
