"""The compiler of the simulation's inner loops, with a cache that survives the process.

Functions marked `compiled` get a compiled twin when `compile_all` is called, and stay plain Python themselves: closed
forms can be used, and the shop's program can import them, without a compiler. Machine code is kept under
.rehearsal/compiled/, in a folder named after the sources, numba's version and the processor: whoever comes second, in
this process or another, loads it.
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
from typing import Any, Final, TypeVar

_HERE: Final = Path(__file__).resolve().parent
_LAW: Final = _HERE.parents[1] / "functions" / "admission_rate.py"  # the controller's own, which is played
_KEPT: Final = _HERE.parents[1] / ".rehearsal" / "compiled"
_COMPLETE: Final = "complete"
MAX_KEPT: Final = 4
"""Folders of machine code a tree keeps."""
_MARKED: Final[list[FunctionType]] = []
_ENTRIES: Final[list[FunctionType]] = []
_TWINS: Final[dict[FunctionType, Any]] = {}
_ONE_THREAD: Final = threading.Lock()
_STATE: Final[dict[str, bool]] = {}
Function = TypeVar("Function", bound=FunctionType)


def compiled(function: Function) -> Function:
    """Mark a function for `compile_all`. There, division by zero gives infinity, as in numpy."""
    _MARKED.append(function)
    return function


def entry(function: Function) -> Function:
    """Mark a function that Python calls; the others are called by compiled code alone."""
    _ENTRIES.append(function)
    return compiled(function)


def twin(function: Function) -> Function:
    """The compiled one of an entry. Raises KeyError before `compile_all`."""
    return _TWINS[function]


def sources() -> list[Path]:
    """The files that hold marked functions, and what these are compiled for and with."""
    marked = [file for file in _HERE.glob("*.py") if "\n@compiled\n" in file.read_text(encoding="utf-8")]
    return sorted({*marked, _HERE / "arrays.py", _HERE / "gate.py", _LAW, Path(__file__).resolve()})


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
    """Compile all marked functions, and call `first`, which calls them.

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
            _compile(folder)
            first()
            return True
        _compile(folder if writable else None)
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


def _compile(cache: Path | None) -> None:
    """Give every marked function a compiled twin. Twins call each other: the originals stay plain Python throughout."""
    import numba  # takes most of a second: only who plays waits for it

    numba.config.CACHE_DIR = str(cache) if cache is not None else ""  # ty: ignore[missing-attribute]
    names = {name: dict(vars(sys.modules[name])) for name in {one.__module__ for one in _MARKED}}
    for one in _MARKED:
        copy = FunctionType(one.__code__, names[one.__module__], one.__name__, one.__defaults__)
        copy.__module__, copy.__qualname__ = one.__module__, one.__qualname__
        inner = one not in _ENTRIES  # only compiled code calls it
        _TWINS[one] = numba.njit(
            cache=cache is not None,
            error_model="numpy",
            nogil=True,
            no_cpython_wrapper=inner,
            no_cfunc_wrapper=inner,
        )(copy)
    for space in names.values():
        space.update({n: _TWINS[v] for n, v in space.items() if isinstance(v, FunctionType) and v in _TWINS})
