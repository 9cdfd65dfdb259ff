"""Recordings that the workers of one run share: what one of them has recorded, the others read."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import inspect
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

from devtools.paths import STATE_DIR
from devtools.recording.recorded import Recorded

FOLDER = STATE_DIR / "recordings"


def begin() -> None:
    """Forget what another run, of another tree perhaps, has left."""
    shutil.rmtree(FOLDER, ignore_errors=True)


def share_recordings(run: str) -> None:
    """Have the whole programs that depend on nothing but files recorded once for all workers of `run`."""
    from devtools.recording import programs

    setattr(programs, "_recorded", _shared(inspect.unwrap(programs._recorded), FOLDER / run))  # noqa: B010


def _shared(record: Callable[..., Recorded], folder: Path) -> Callable[..., Recorded]:
    folder.mkdir(parents=True, exist_ok=True)

    @functools.cache
    def shared(*of: str) -> Recorded:
        file = folder / hashlib.sha256(repr(of).encode()).hexdigest()
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if file.exists():
                return pickle.loads(file.read_bytes())
            made = record(*of)
            file.write_bytes(pickle.dumps(made))
            return made

    return shared
