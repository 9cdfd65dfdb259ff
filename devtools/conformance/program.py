"""The product's program with its resources changed from outside; the program is unaware of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pulumi
import pulumi.runtime

Transform = Callable[[str, str, dict[str, Any]], dict[str, Any] | None]
"""(type token, name, camelCase inputs of a resource) → the inputs to use instead, or None for no change."""


def transformed(program: Callable[[], Any], transforms: Sequence[Transform]) -> Callable[[], Any]:
    """`program` with every resource passing through `transforms`, children of remote components included."""

    def run() -> Any:
        def change(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
            properties = dict(args.props)
            changed = False
            for transform in transforms:
                instead = transform(args.type_, args.name, properties)
                if instead is not None:
                    properties, changed = dict(instead), True
            return pulumi.ResourceTransformResult(props=properties, opts=args.opts) if changed else None

        pulumi.runtime.register_resource_transform(change)
        return program()

    return run


def with_value(node: Any, path: Sequence[str | int], value: Any) -> Any:
    """`node` with `value` at `path`, a missing mapping on the way made, everything on the way copied; None takes it
    away.

    Raises IndexError or TypeError where the path leads nowhere.
    """
    head, *rest = path
    if isinstance(head, int):
        items = list(node)
        items[head] = with_value(items[head], rest, value) if rest else value
        return items
    fields = dict(node or {})
    if rest:
        fields[head] = with_value(fields.get(head), rest, value)
    elif value is None:
        fields.pop(head, None)
    else:
        fields[head] = value
    return fields


def path_of(text: str) -> list[str | int]:
    """`rules[0].filter.prefix` as its steps."""
    return [int(step) if step.isdigit() else step for step in text.replace("]", "").replace("[", ".").split(".")]
