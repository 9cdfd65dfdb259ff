"""Mistakes, one at a time, made in stacks that are right: which rule must fire on each.

A mistake is data: the base stack, what is wrong in words, and a few edits of its resources.

    M("rds-not-public", "a reader gets an address", put(CLUSTER_INSTANCE, "publiclyAccessible", True))

A path is dotted: a number is a place in a list, `+` one more at its end, `*` every place, and `|` opens JSON text
(`policy|Statement.0.Action`). `ref(token)` stands for another resource's id, as a program writes it: known after an
update, by dependency alone in a preview.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from policy.pack.resource import Resource, canonical
from policy.pack.stacks import Stack
from policy.pack.values import Unknown

GONE: Any = object()
"""Drops what stands at a path."""


@dataclass(frozen=True)
class Ref:
    """A value that comes from another resource."""

    token: str
    name: str
    prop: str


def ref(token: str, name: str = "*", prop: str = "id") -> Ref:
    return Ref(token, name, prop)


class Draft:
    """A stack that is being changed; the base that it is made from stays as it is."""

    def __init__(self, base: Stack) -> None:
        self.base = base
        self.resources = {resource.urn: resource for resource in base.resources}
        self.inputs = dict(base.inputs)

    def stack(self) -> Stack:
        return Stack(
            resources=tuple(self.resources.values()),
            inputs=self.inputs,
            preview=self.base.preview,
            secrets=self.base.secrets,
        )

    def find(self, token: str, name: str = "*") -> list[Resource]:
        found = [it for it in self.resources.values() if it.token == canonical(token) and fnmatchcase(it.name, name)]
        if not found:
            raise LookupError(f"the base has no {token} {name}")
        return found

    def value(self, ref: Ref) -> tuple[Any, str]:
        """What a reference stands for, and the URN that it depends on."""
        it = self.find(ref.token, ref.name)[0]
        return it.outputs.get(ref.prop, Unknown(ref.prop)), it.urn

    def put(self, it: Resource, data: dict[str, Any], links: Mapping[str, tuple[str, ...]]) -> None:
        asked = Resource(it.token, it.name, data, urn=it.urn, links=links)
        asked.default_tags = it.default_tags
        came_out = Resource(it.token, it.name, {**it.outputs, **data}, urn=it.urn, links=links)
        came_out.default_tags = it.default_tags
        self.resources[it.urn], self.inputs[it.urn] = came_out, asked


Edit = Callable[[Draft], None]


@dataclass(frozen=True)
class Mutation:
    """One mistake: `rule` must fire on `base` with `edits` made, and does not without them."""

    rule: str
    what: str
    edits: tuple[Edit, ...]
    base: str
    config: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"

    def of(self, base: Stack) -> Stack:
        draft = Draft(base)
        for edit in self.edits:
            edit(draft)
        return draft.stack()


class Mistakes:
    """Collects the mistakes of one module, a line each."""

    def __init__(self) -> None:
        self.all: list[Mutation] = []

    def __call__(self, rule: str, what: str, *edits: Edit, on: str = "prod", config: Any = None) -> None:
        self.all.append(Mutation(rule, what, edits, on, config or {}))


def put(token: str, path: str, value: Any, name: str = "*", *, every: bool = False) -> Edit:
    """Sets what stands at a path, in the first resource that matches or in every one."""

    def edit(draft: Draft) -> None:
        found = draft.find(token, name)
        for it in found if every else found[:1]:
            asked = draft.inputs[it.urn]
            new, sources = _resolved(draft, value)
            data = _changed(asked.data, _steps(path), new)
            top = path.split(".", 1)[0].split("|", 1)[0]
            kept = it.links.get(top, ()) if _keeps(asked.data.get(top), path) else ()
            draft.put(it, data, {**it.links, top: (*kept, *sources)})

    return edit


def drop(token: str, *paths: str, name: str = "*", every: bool = False) -> Edit:
    """Drops what stands at the paths."""

    def edit(draft: Draft) -> None:
        for path in paths:
            put(token, path, GONE, name, every=every)(draft)

    return edit


def remove(token: str, name: str = "*", *, every: bool = True) -> Edit:
    """Takes resources out of the stack."""

    def edit(draft: Draft) -> None:
        found = draft.find(token, name)
        for it in found if every else found[:1]:
            del draft.resources[it.urn]
            draft.inputs.pop(it.urn, None)

    return edit


def add(token: str, name: str, /, **props: Any) -> Edit:
    """One more resource; properties may hold references."""

    def edit(draft: Draft) -> None:
        data, links = {}, {}
        for path, value in props.items():
            data[path], sources = _resolved(draft, value)
            links[path] = tuple(sources)
        urn = f"urn:pulumi:{draft.base.name}::shop::{token}::{name}"
        computed = Unknown if draft.base.preview else lambda prop: f"{prop}-of-{name}"
        outputs = {prop: computed(prop) for prop in ("id", "arn", "dnsName") if prop not in data}
        draft.resources[urn] = Resource(token, name, {**outputs, **data}, urn=urn, links=links)
        draft.inputs[urn] = Resource(token, name, data, urn=urn, links=links)

    return edit


def _keeps(old: Any, path: str) -> bool:
    """Whether a change deeper in a property leaves what else it depends on."""
    return isinstance(old, Unknown) or "." in path or "|" in path


def _steps(path: str) -> list[str]:
    return path.replace("|", ".|.").strip(".").split(".")


def _changed(value: Any, steps: list[str], new: Any) -> Any:
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if isinstance(value, Unknown):
        return value  # what isn't known yet may have become wrong: it stays unknown
    if step == "|":
        text = json.loads(value) if isinstance(value, str) else value or {}
        return json.dumps(_changed(text, rest, new))
    if step in ("+", "*") or step.isdigit():
        items = list(value) if isinstance(value, list) else [] if value is None else [value]
        places = range(len(items)) if step == "*" else [len(items)] if step == "+" else [int(step)]
        for place in reversed(places):
            items[place:] = [
                *(
                    ()
                    if (made := _changed(items[place] if place < len(items) else None, rest, new)) is GONE
                    else [made]
                ),
                *items[place + 1 :],
            ]
        return items
    if isinstance(value, list):  # a nested block written as a list of one
        return [_changed(value[0] if value else None, steps, new), *value[1:]]
    fields = dict(value) if isinstance(value, dict) else {}
    made = _changed(fields.get(step), rest, new)
    if made is GONE:
        fields.pop(step, None)
    else:
        fields[step] = made
    return fields


def _resolved(draft: Draft, value: Any) -> tuple[Any, list[str]]:
    """A value with its references replaced, and the URNs that it depends on."""
    sources: list[str] = []

    def walk(item: Any) -> Any:
        if isinstance(item, Ref):
            found, urn = draft.value(item)
            sources.append(urn)
            return found
        if isinstance(item, dict):
            return {key: walk(inner) for key, inner in item.items()}
        return [walk(inner) for inner in item] if isinstance(item, list) else item

    return walk(value), sources


def statement(*actions: str, on: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    """A statement of an IAM document."""
    return {"Effect": effect, "Action": list(actions), "Resource": on, **more}


def allow(token: str, *actions: str, on: Any = "*", name: str = "*", path: str = "policy", **more: Any) -> Edit:
    """One more statement in the document that stands at a path."""
    return put(token, f"{path}|Statement.+", statement(*actions, on=on, **more), name)
