"""Copies of the project's and a stack's file for the engine: byte for byte, but for what the engine may not have.

A file that is loaded and written again is another file: `1:30` becomes 90 and `yes` true. So the text stays, and only
these are replaced in it: ciphertexts, the keys of the secrets' provider, imports of environments, relative paths.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from pulumi_yaml.scalars import resolve

PASSPHRASE: Final = "rehearsal"
"""Encrypts only stand-ins, in a state that never leaves the tree."""
SALT: Final = "v1:qex7NKtb0gU=:v1:EOQPxF5tbkfbs/oq:40UtXeER013500otrymNvyiUnM8uTw=="
"""What `pulumi stack init` wrote for PASSPHRASE."""
CIPHERTEXT: Final = "v1:X5xOy/R2uFpalbwq:ornYBpuYALWfYkzvqVlitSyf1M8Pm88IwgFOXbpr"
"""STAND_IN, as `pulumi config set --secret` encrypted it with SALT: the same for every secret, so that no CLI has to
be asked and the user's file needs no other change."""

# A stack's keys that only the user's account or Pulumi Cloud could answer, and what stands for them.
_REPLACED: Final = {
    "encryptionsalt": SALT,
    "secretsprovider": "passphrase",
    "encryptedkey": "",
    "environment": [],
}
_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s+)*")


def stack_copy(data: bytes) -> bytes:
    """A readable stack's file with PASSPHRASE's own salt, every ciphertext as that of STAND_IN."""
    copy = _Copy(data)
    for key, value in copy.entries(copy.root):
        if key.value in _REPLACED:
            copy.replace_value(key, value, _REPLACED[key.value])
        else:
            copy.blank_secrets(value)
    if "encryptionsalt" not in copy.keys(copy.root):
        copy.insert("encryptionsalt", SALT)
    return copy.data()


def project_copy(data: bytes, tree: Path) -> bytes:
    """A readable Pulumi.yaml whose relative paths lead to `tree`, without a backend of its own."""
    copy = _Copy(data)
    for key, value in copy.entries(copy.root):
        if key.value == "main":
            copy.replace_value(key, value, str(tree / value.value))
        elif key.value == "backend":  # the user's own; the state of a rehearsal is always a folder of the tree
            copy.replace_value(key, value, {})
        elif key.value == "config":
            copy.blank_secrets(value)
    for key, value in copy.at(copy.root, "runtime", "options"):
        if key.value == "virtualenv":
            copy.replace_value(key, value, str(tree / value.value))
    for _, group in copy.at(copy.root, "plugins"):
        for plugin in group.value if isinstance(group, yaml.SequenceNode) else ():
            for key, value in copy.entries(plugin):
                if key.value == "path":
                    copy.replace_value(key, value, str(tree / value.value))
    if "main" not in copy.keys(copy.root):
        copy.insert("main", str(tree))
    return copy.data()


@dataclass
class _Copy:
    """One file's text with its nodes and what is to be replaced in it."""

    source: bytes
    edits: dict[int, tuple[int, str]] = field(default_factory=dict)
    """Start to end and new text, in characters."""

    def __post_init__(self) -> None:
        self.text = self.source.decode("utf-8-sig")
        self.root = yaml.compose(self.text, Loader=yaml.CSafeLoader)

    def entries(self, node: yaml.Node | None) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
        return node.value if isinstance(node, yaml.MappingNode) else []

    def keys(self, node: yaml.Node | None) -> list[str]:
        return [key.value for key, _ in self.entries(node)]

    def at(self, node: yaml.Node | None, *path: str) -> list[tuple[yaml.ScalarNode, yaml.Node]]:
        """Entries of the map under these keys; none where there is none."""
        for name in path:
            node = next((value for key, value in self.entries(node) if key.value == name), None)
        return self.entries(node)

    def blank_secrets(self, node: yaml.Node) -> None:
        """Replace every ciphertext in the node. What is a secret: `isSecureValue` of the CLI's config/value.go."""
        seen: set[int] = set()
        for each in _all(node, seen):
            entries = self.entries(each)
            if len(entries) == 1 and entries[0][0].value == "secure" and _is_text(entries[0][1]):
                self._replace(entries[0][1], CIPHERTEXT)

    def replace_value(self, key: yaml.Node, value: yaml.Node, new: object) -> None:
        gap = self.text[key.end_mark.index : value.start_mark.index]
        if "\n" in gap and gap.lstrip(" \t").startswith(":"):
            # The value's own lines may stand as far left as their key, where nothing but a block may.
            start, end = key.end_mark.index, self._end(value)
            self.edits[start] = (end, f": {_properties(self.text[value.start_mark.index : end])}{json.dumps(new)}")
        else:
            self._replace(value, new)

    def insert(self, name: str, value: str) -> None:
        """Add an entry before the first one."""
        entry = f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
        if not isinstance(self.root, yaml.MappingNode) or not self.root.value:
            self.edits = {0: (len(self.text), f"{entry}\n")}
            return
        first = self.root.value[0][0].start_mark
        ends = ", " if self.root.flow_style else "\n" + " " * first.column
        self.edits[first.index] = (first.index, entry + ends)

    def data(self) -> bytes:
        """The copy."""
        parts, done = [], 0
        for start, (end, new) in sorted(self.edits.items()):
            parts += [self.text[done:start], new]
            done = end
        mark = codecs.BOM_UTF8 if self.source.startswith(codecs.BOM_UTF8) else b""
        return mark + "".join([*parts, self.text[done:]]).encode()

    def _replace(self, node: yaml.Node, new: object) -> None:
        start, end = node.start_mark.index, self._end(node)
        old = self.text[start:end]
        space = "" if self.text[start - 1 : start].isspace() or not start else " "
        self.edits[start] = (end, f"{space}{_properties(old)}{json.dumps(new, ensure_ascii=False)}")

    def _end(self, node: yaml.Node) -> int:
        """Where the node's own text ends; a block's mark is after the blanks and comments that follow it."""
        lines = self.text[node.start_mark.index : node.end_mark.index].rstrip().splitlines(keepends=True)
        while len(lines) > 1 and not isinstance(node, yaml.ScalarNode) and lines[-1].lstrip().startswith("#"):
            lines.pop()
        return node.start_mark.index + len("".join(lines).rstrip())


def _properties(text: str) -> str:
    """The anchor and tag that a node begins with."""
    found = _PROPERTIES.match(text)
    return found[0] if found else ""


def _is_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and (bool(node.style) or isinstance(resolve(node.value), str))


def _all(node: yaml.Node, seen: set[int]) -> Iterator[yaml.Node]:
    """The node and all inside it; what aliases repeat once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    yield node
    for child in node.value if isinstance(node, yaml.CollectionNode) else ():
        for inner in child if isinstance(child, tuple) else (child,):
            yield from _all(inner, seen)
