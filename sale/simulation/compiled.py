"""The compiler of the simulation's inner loops, with a cache that survives the process.

Compiling takes some ten seconds and happens once a tree: the machine code is kept under .rehearsal/, or nowhere where
the tree can't be written to. The compiler itself looks only at the file of the function that is called, so the folder
is named after all files that hold compiled code.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar, cast

_HERE: Final = Path(__file__).resolve().parent
_KEPT: Final = _HERE.parents[1] / ".rehearsal" / "compiled"


def _cache_folder() -> Path | None:
    """Where this state of the sources keeps its machine code; None where nothing can be kept."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(_HERE.glob("*.py")))).hexdigest()[:16]
    folder = _KEPT / digest
    try:
        if not folder.is_dir():
            for outdated in _KEPT.glob("*/"):
                shutil.rmtree(outdated, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


CACHE: Final = _cache_folder()
if CACHE is not None:
    os.environ["NUMBA_CACHE_DIR"] = str(CACHE)

import numba  # noqa: E402 - it reads the folder of its cache when it is imported

setattr(numba.config, "CACHE_DIR", os.environ.get("NUMBA_CACHE_DIR", ""))  # noqa: B010 - imported before, perhaps
Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile a function on its first call. Division by zero gives infinity, as in numpy."""
    return cast(Function, numba.njit(cache=CACHE is not None, error_model="numpy", nogil=True)(function))
