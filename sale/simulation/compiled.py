"""The compiler of the simulation's inner loops, with a cache that survives the process.

Functions marked `compiled` stay plain Python until `compile_all` is called, so that closed forms can be used, and the
shop's program can import them, without a compiler. Machine code is kept under .rehearsal/compiled/, in a folder named
after the sources, numba's version and the processor: whoever comes second, in this process or another, loads it.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import importlib.metadata
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from types import FunctionType
from typing import Final, TypeVar

_HERE: Final = Path(__file__).resolve().parent
_KEPT: Final = _HERE.parents[1] / ".rehearsal" / "compiled"
_COMPLETE: Final = "complete"
MAX_KEPT: Final = 4
"""Folders of machine code a tree keeps."""
_MARKED: Final[list[FunctionType]] = []
_ONE_THREAD: Final = threading.Lock()
_STATE: Final[dict[str, bool]] = {}
Function = TypeVar("Function", bound=FunctionType)


def compiled(function: Function) -> Function:
    """Mark a function for `compile_all`. There, division by zero gives infinity, as in numpy."""
    _MARKED.append(function)
    return function


def sources() -> list[Path]:
    """The files that hold marked functions, and what these are compiled for and with."""
    marked = [file for file in _HERE.glob("*.py") if "\n@compiled\n" in file.read_text(encoding="utf-8")]
    return sorted({*marked, _HERE / "arrays.py", Path(__file__).resolve()})


def cache_folder() -> Path:
    """Where this state of the sources keeps its machine code."""
    digest = hashlib.sha256()
    for file in sources():
        digest.update(file.read_bytes())
    digest.update(f"{importlib.metadata.version('numba')} {sys.version} {platform.machine()}".encode())
    return _KEPT / digest.hexdigest()[:16]


def is_complete() -> bool:
    """Whether this state of the sources has been compiled in this tree."""
    return (cache_folder() / _COMPLETE).exists()


def compile_all(first: Callable[[], object]) -> bool:
    """Put compiled functions in the place of all marked ones, and call `first`, which calls them.

    One process of a tree compiles; the others wait for it and load. Where the tree can't be written to, what it holds
    is used from a copy. Returns whether the machine code is kept.
    """
    with _ONE_THREAD:
        if "kept" not in _STATE:
            _STATE["kept"] = _compile_all(first)
        return _STATE["kept"]


def _compile_all(first: Callable[[], object]) -> bool:
    folder = cache_folder()
    with _only_one(folder) as writable:
        if not writable and (folder / _COMPLETE).exists():
            copy = Path(tempfile.mkdtemp(prefix="compiled-"))
            atexit.register(shutil.rmtree, copy, ignore_errors=True)
            folder = shutil.copytree(folder, copy, dirs_exist_ok=True)
            _replace(folder)
            first()
            return True
        _replace(folder if writable else None)
        first()
        if writable:
            (folder / _COMPLETE).touch()
            _remove_outdated(folder)
        return writable


@contextlib.contextmanager
def _only_one(folder: Path) -> Generator[bool]:
    """Whether the folder can be written to; nobody else is in here with the same one while nothing is complete."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError:
        yield False
        return
    with lock:
        if not (folder / _COMPLETE).exists():
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield True


def _remove_outdated(folder: Path) -> None:
    """Machine code of earlier sources: the latest few are kept, for branches that are switched between."""
    kept = sorted(_KEPT.glob("*/"), key=lambda one: one.stat().st_mtime, reverse=True)[:MAX_KEPT]
    for outdated in set(_KEPT.glob("*/")) - {*kept, folder}:
        shutil.rmtree(outdated, ignore_errors=True)


def _replace(cache: Path | None) -> None:
    """Bind the names of marked functions, wherever a module has imported them, to compiled ones."""
    import numba  # takes most of a second: only who plays waits for it

    numba.config.CACHE_DIR = str(cache) if cache is not None else ""  # ty: ignore[missing-attribute]
    made = {one: numba.njit(cache=cache is not None, error_model="numpy", nogil=True)(one) for one in _MARKED}
    for module in [module for name, module in sys.modules.items() if name.startswith("sale.simulation.")]:
        for name, value in list(vars(module).items()):
            if isinstance(value, FunctionType) and value in made:
                setattr(module, name, made[value])
