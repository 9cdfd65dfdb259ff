"""Changes single values in a stack's file and leaves every other character, comments included, as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import yaml

_NULL: Final = "tag:yaml.org,2002:null"


class NotThere(ValueError):
    """The file has no such path: one line that names it."""


def changed(text: str, path: Sequence[str], value: float | str) -> str:
    """The text with the value at `path` set; a list's entries are found by `name`. Missing parts are inserted at
    the end of the enclosing map, with the maps on the path. Raises NotThere where there is no enclosing map.
    """
    root = yaml.compose(text)
    node: Any = root
    for depth, part in enumerate(path):
        found = _child(node, part)
        if found is None:
            nested = _nested(path[depth + 1 :], value)
            if isinstance(node, yaml.MappingNode) and node.value:
                return _inserted(text, node, part, nested)
            if _is_empty(node):
                return f"{text[: node.start_mark.index].rstrip(' ')} {{{part}: {nested}}}{text[node.end_mark.index :]}"
            raise NotThere(f"{'.'.join(path[:depth])}: has no {part}; add it by hand")
        node = found
    if not isinstance(node, yaml.ScalarNode):
        raise NotThere(f"{'.'.join(path)}: is not a single value; change it by hand")
    return text[: node.start_mark.index] + _shown(value) + text[node.end_mark.index :]


def _is_empty(node: Any) -> bool:
    """A map without entries, or null in place of one."""
    return isinstance(node, yaml.MappingNode) or (isinstance(node, yaml.ScalarNode) and node.tag == _NULL)


def _child(node: Any, part: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((child for key, child in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode):
        named = (entry for entry in node.value if isinstance(entry, yaml.MappingNode))
        return next((entry for entry in named if getattr(_child(entry, "name"), "value", None) == part), None)
    return None


def _nested(path: Sequence[str], value: float | str) -> str:
    """The value inside the maps that are not there yet, on one line."""
    return f"{{{path[0]}: {_nested(path[1:], value)}}}" if path else _shown(value)


def _inserted(text: str, node: yaml.MappingNode, key: str, shown: str) -> str:
    last_key, last = node.value[-1]
    if node.flow_style:
        end = last.end_mark.index
        return f"{text[:end]}, {key}: {shown}{text[end:]}"
    # After the last value's line, comment included, with the indentation of its key.
    end = _end(last)
    line_end = "\r\n" if "\r\n" in text else "\n"
    newline = text.find("\n", max(0, end - 1))
    end = len(text) if newline < 0 else newline + 1
    before = text[:end] if text[:end].endswith("\n") else text[:end] + line_end
    return f"{before}{' ' * last_key.start_mark.column}{key}: {shown}{line_end}{text[end:]}"


def _end(node: Any) -> int:
    """End position of a value: that of a block's last item, before trailing comments."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node.end_mark.index


def _shown(value: float | str) -> str:
    """Without an exponent: YAML would read text in it."""
    return value if isinstance(value, str) else f"{value:.6f}".rstrip("0").rstrip(".")
