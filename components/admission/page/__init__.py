"""The waiting page: a template of the shop's own, or the one beside this file, filled in."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_PROJECT: Final = _HERE.parents[2]
PREFIX: Final = "_room/"
"""Start of the page's object keys, and of its paths."""
_SCRIPT: Final = '<script src="/_room/room.js" defer></script>'


def files(title: str, template: str | None) -> dict[str, tuple[str, str]]:
    """Object key to content type and text. `template` is relative to the project's folder; its placeholders have been
    checked with the settings."""
    page = (_PROJECT / template if template is not None else _HERE / "index.html").read_text(encoding="utf-8")
    filled = page.replace("{{title}}", html.escape(title)).replace("{{script}}", _SCRIPT)
    filled = filled.replace("{{status}}", _text("status.html").strip())
    return {
        f"{PREFIX}index.html": ("text/html; charset=utf-8", filled),
        f"{PREFIX}room.css": ("text/css; charset=utf-8", _text("room.css")),
        f"{PREFIX}room.js": ("text/javascript; charset=utf-8", _text("room.js")),
    }


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
