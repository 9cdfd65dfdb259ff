"""What the installed `pulumi_aws` says of its resources and functions, read from its source without importing it.

Importing all of it takes a gigabyte and half a minute; reading the syntax of the files in question takes seconds.
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
_INVOKE_TOKEN = re.compile(r"__ret__ = pulumi\.runtime\.invoke\('(aws:[^']+)', __args__")
_ARGUMENT = re.compile(r"^    __args__\['(\w+)'\] = (\w+)$", re.MULTILINE)
_NESTED_CLASS = re.compile(r"'(?:[\w.]*\.)?(\w+Args)'")


@dataclass(frozen=True, kw_only=True)
class Property:
    """One input property, under the SDK's camelCase name.

    `many` says whether it is a list; `nested` names the class of the object, or of the list's elements, if it has one.
    """

    name: str
    many: bool
    nested: str | None


@dataclass(frozen=True)
class Module:
    """The nested input types of one of the SDK's modules, by class name; each class's properties are read on demand."""

    source: str
    _read: dict[str, dict[str, Property]] = field(default_factory=dict)

    @cached_property
    def _classes(self) -> dict[str, ast.ClassDef]:
        return {node.name: node for node in ast.walk(ast.parse(self.source)) if isinstance(node, ast.ClassDef)}

    def properties(self, name: str) -> dict[str, Property]:
        """The properties of the nested class `name`; none where the module does not have it."""
        if name not in self._read:
            node = self._classes.get(name)
            self._read[name] = _class_properties(node) if node else {}
        return self._read[name]


@dataclass(frozen=True, kw_only=True)
class Input:
    """A resource's or a function's input properties and the module that its nested classes are in.

    `outputs` are the properties that a resource has besides.
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
        classes = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
        # `InitArgs` where a nested type has taken the name.
        inputs = _class_properties(classes.get(f"{owner}InitArgs") or classes[f"{owner}Args"])
        outputs = {name: prop for name, prop in _class_properties(classes[owner]).items() if name not in inputs}
        return Input(token=token, properties=inputs, module=self._module(path), outputs=outputs)

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
        properties = {camel: _property(camel, annotations.get(snake, "")) for camel, snake in names}
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


def _class_properties(node: ast.ClassDef) -> dict[str, Property]:
    """The getters of an input class: `@pulumi.getter(name="camel")`, or the function's own name."""
    found: dict[str, Property] = {}
    for function in node.body:
        if not isinstance(function, ast.FunctionDef) or function.returns is None:
            continue
        for decorator in function.decorator_list:
            text = ast.unparse(decorator)
            if text == "pulumi.getter" or text.startswith("pulumi.getter("):
                camel = (
                    ast.literal_eval(decorator.keywords[0].value) if isinstance(decorator, ast.Call) else function.name
                )
                found[camel] = _property(camel, ast.unparse(function.returns))
    return found


def _property(name: str, annotation: str) -> Property:
    nested = _NESTED_CLASS.search(annotation)
    return Property(name=name, many="Sequence[" in annotation, nested=nested[1] if nested else None)
