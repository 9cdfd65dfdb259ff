"""Docstrings of classes and their fields, for the generated pages."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from typing import Final

OWN: Final = frozenset({"specs", "components", "sale"})
"""Packages whose classes are described."""


def meanings(described: type) -> dict[str, str]:
    """The docstrings under the fields and properties of a class and its own bases.

    Pydantic and dataclasses would need them at every start of the program; here they are read from the source.
    """
    found: dict[str, str] = {}
    for base in reversed(described.__mro__):
        if base.__module__.partition(".")[0] in OWN:
            found |= _in_body(base)
    return found


@functools.cache
def _in_body(described: type) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(described))).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, text in zip(body.body, [*body.body[1:], ast.Pass()], strict=True):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(meaning))):
                found[name] = " ".join(meaning.split())
            case ast.FunctionDef(name=name), _ if meaning := ast.get_docstring(field):
                found[name] = " ".join(meaning.split())
    return found


def summary(described: type) -> str:
    """The docstring of a class as one paragraph; empty where it has none of its own."""
    text = inspect.cleandoc(vars(described).get("__doc__") or "")
    return "" if text.startswith(f"{described.__name__}(") else " ".join(text.split())  # a dataclass's signature


def first_sentence(text: str) -> str:
    head, dot, _ = text.partition(". ")
    return head + "." if dot else text


def row(*cells: str) -> str:
    """A row of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
