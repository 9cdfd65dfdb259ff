"""Resources and functions of the installed `pulumi_aws`, read from its source without importing it.

Importing all of it takes a gigabyte and half a minute, and parsing it as long. Its modules are generated and all of one
layout, so that their text is read.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

_TYPE_TOKEN = re.compile(r'^@pulumi\.type_token\("(aws:[^"]+)"\)\nclass (\w+)\(pulumi\.CustomResource\)', re.MULTILINE)
_CLASS = re.compile(r"^class (\w+)\b.*:\n", re.MULTILINE)
_GETTER = re.compile(
    r'@pulumi\.getter(?:\(name="(\w+)"\))?\n(?:\s+@[^\n]+\n)*\s+def (\w+)\(self\) -> ([^\n]+):\n(?:\s+"""(.*?)""")?',
    re.DOTALL,
)
_INVOKE_TOKEN = re.compile(r"__ret__ = pulumi\.runtime\.invoke\('(aws:[^']+)', __args__")
_ARGUMENT = re.compile(r"^    __args__\['(\w+)'\] = (\w+)$", re.MULTILINE)
_NESTED_CLASS = re.compile(r"'(?:[\w.]*\.)?(\w+Args)'")


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property, under the SDK's camelCase name, with its type annotation and documentation.

    `many` tells whether it is a list; `nested` names the class of the object, or of the list's elements, if it has one.
    """

    name: str
    annotation: str
    doc: str = ""

    @property
    def many(self) -> bool:
        return "Sequence[" in self.annotation

    @property
    def nested(self) -> str | None:
        nested = _NESTED_CLASS.search(self.annotation)
        return nested[1] if nested else None


@dataclass(frozen=True)
class Module:
    """The nested input types of one of the SDK's modules, by class name; each class's properties are read on demand."""

    source: str
    _read: dict[str, dict[str, Property]] = field(default_factory=dict)

    @cached_property
    def _classes(self) -> dict[str, str]:
        return classes(self.source)

    @property
    def names(self) -> list[str]:
        """The names of all nested classes."""
        return list(self._classes)

    def properties(self, name: str) -> dict[str, Property]:
        """The properties of the nested class `name`; none where the module does not have it."""
        if name not in self._read:
            self._read[name] = getters(self._classes.get(name, ""))
        return self._read[name]


@dataclass(frozen=True, kw_only=True)
class Input:
    """A resource's or a function's input properties and the module that its nested classes are in.

    `outputs` are a resource's properties, inputs among them.
    """

    token: str
    properties: dict[str, Property]
    module: Module
    outputs: dict[str, Property] = field(default_factory=dict)


class Sdk:
    """The SDK in `root`, by default the installed `pulumi_aws`."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or installed()
        self._modules: dict[Path, Module] = {}

    @cached_property
    def resources(self) -> dict[str, Path]:
        """The file of each resource type, by token."""
        return {match[1]: path for path, text in self._texts() for match in _TYPE_TOKEN.finditer(text)}

    @cached_property
    def functions(self) -> dict[str, Path]:
        """The file of each function, by token."""
        return {match[1]: path for path, text in self._texts() for match in _INVOKE_TOKEN.finditer(text)}

    def resource(self, token: str) -> Input:
        """The input properties of a resource type. Raises KeyError for a token that the SDK does not have."""
        path = self.resources[token]
        text = path.read_text()
        owner = next(match[2] for match in _TYPE_TOKEN.finditer(text) if match[1] == token)
        bodies = classes(text)
        # `InitArgs` where a nested type has taken the name.
        inputs = getters(bodies.get(f"{owner}InitArgs") or bodies[f"{owner}Args"])
        return Input(token=token, properties=inputs, module=self._module(path), outputs=getters(bodies[owner]))

    def function(self, token: str) -> Input:
        """The arguments of a function. Raises KeyError for a token that the SDK does not have."""
        path = self.functions[token]
        text = path.read_text()
        body = next(
            node
            for node in ast.parse(text).body
            if isinstance(node, ast.FunctionDef) and f"invoke('{token}'" in (ast.get_source_segment(text, node) or "")
        )
        annotations = {
            argument.arg: ast.unparse(argument.annotation)
            for argument in body.args.args
            if argument.annotation is not None
        }
        names = _ARGUMENT.findall(ast.get_source_segment(text, body) or "")
        properties = {camel: Property(name=camel, annotation=annotations.get(snake, "")) for camel, snake in names}
        return Input(token=token, properties=properties, module=self._module(path))

    def _module(self, path: Path) -> Module:
        file = path.parent / "_inputs.py"
        if file not in self._modules:
            self._modules[file] = Module(file.read_text() if file.exists() else "")
        return self._modules[file]

    def _texts(self) -> Iterator[tuple[Path, str]]:
        for path in sorted(self.root.rglob("*.py")):
            if path.name not in {"_inputs.py", "outputs.py", "__init__.py"}:
                yield path, path.read_text()


def installed() -> Path:
    """The folder of the installed `pulumi_aws`, found without importing it."""
    spec = importlib.util.find_spec("pulumi_aws")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pulumi_aws is not installed: run `make setup`, or use the project's .venv")
    return Path(spec.origin).parent


def classes(text: str) -> dict[str, str]:
    """The body of each class of a module."""
    parts = _CLASS.split(text)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def getters(body: str) -> dict[str, Property]:
    """The properties of a class: `@pulumi.getter(name="camel")`, or the function's own name."""
    found = (
        Property(name=getter[1] or getter[2], annotation=getter[3], doc=getter[4] or "")
        for getter in _GETTER.finditer(body)
    )
    return {one.name: one for one in found}
