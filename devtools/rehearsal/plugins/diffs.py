"""Changes between two sets of a resource's inputs, and those that replace the resource."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from devtools.rehearsal.fake_outputs import DEFAULTS_KEY
from devtools.rehearsal.plugins import judgements
from devtools.rehearsal.plugins.wire import UNKNOWN, holds_unknown, is_asset, reveal
from devtools.rehearsal.schema import ResourceType, SchemaProperty

_PLAIN_KEY: Final = re.compile(r"^[A-Za-z_]\w*$")


@dataclass(frozen=True, slots=True)
class PropertyDiff:
    """One property that differs. `how` is add, delete or update."""

    path: str
    how: str
    replaces: bool


@dataclass(slots=True)
class Difference:
    """All changes of a resource; `delete_first` when the old one must go before the new one can be made."""

    changes: list[PropertyDiff] = field(default_factory=list)
    delete_first: bool = False

    @property
    def replaces(self) -> bool:
        return any(change.replaces for change in self.changes)


def difference(
    kind: ResourceType,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    state: Mapping[str, Any],
    ignored: list[str] | None = None,
) -> Difference:
    """The changes from the old inputs to the new ones. Whatever is unknown now may differ, so it counts as changed.

    The order within a set, the spelling of a number and the layout of a JSON document make no difference, nor does
    naming what the provider had chosen by itself (`state` are the old outputs), nor leaving it to the provider again.
    """
    before, after, present = reveal(dict(old)), reveal(dict(new)), reveal(dict(state))
    for name, prop in kind.properties.items():
        if prop.computed and before.get(name) is None and _same(prop, present.get(name), after.get(name)):
            before[name] = after.get(name)
    found = Difference()
    for change in _objects(kind.properties, before, after, ""):
        if judgements.takes_for_equal(kind.short, change.path, before, after) or _is_below(change.path, ignored or []):
            continue
        forced = change.replaces or judgements.replaces(kind.short, change.path, after)
        found.changes.append(PropertyDiff(change.path, change.how, forced))
    if found.replaces and kind.auto_named:
        # AWS takes a name once: a successor of the same given name can't be made beside its predecessor.
        name = after.get(kind.auto_named)
        generated = kind.auto_named in (after.get(DEFAULTS_KEY) or [])
        found.delete_first = not generated and name is not None and name == before.get(kind.auto_named)
    return found


def _is_below(path: str, ignored: list[str]) -> bool:
    return any(path == other or path.startswith((f"{other}.", f"{other}[")) for other in ignored)


def _objects(
    fields: Mapping[str, SchemaProperty] | None, old: Mapping[str, Any], new: Mapping[str, Any], path: str
) -> Iterator[PropertyDiff]:
    names = [name for name in {**old, **new} if name != DEFAULTS_KEY]
    for name in names:
        prop = fields.get(name) if fields else None
        before, after = old.get(name), new.get(name)
        if before is not after:
            yield from _values(prop, before, after, _join(path, name), prop is not None and prop.replaces)


def _values(prop: SchemaProperty | None, old: Any, new: Any, path: str, forces: bool) -> Iterator[PropertyDiff]:
    """The changes between two values. `forces` is the effect of the value itself; its parts may differ."""
    if _is_empty(old) and _is_empty(new):
        return
    if _is_empty(old) or _is_empty(new):
        how = "add" if _is_empty(old) else "delete"
        if how == "delete" and prop is not None and prop.computed:
            return
        yield PropertyDiff(path, how, forces or _part_replaces(prop, new if _is_empty(old) else old))
    elif new is UNKNOWN or old is UNKNOWN:
        yield PropertyDiff(path, "update", forces or _part_replaces(prop, old if new is UNKNOWN else new))
    elif isinstance(old, dict) and isinstance(new, dict):
        if is_asset(old) or is_asset(new):
            if old.get("hash") != new.get("hash"):
                yield PropertyDiff(path, "update", forces)
        elif prop is not None and prop.kind == "map":
            for name in {**old, **new}:
                yield from _values(prop.element, old.get(name), new.get(name), _join(path, name), forces)
        else:
            yield from _objects(prop.fields if prop else None, old, new, path)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _lists(prop, old, new, path, forces)
    elif not _same(prop, old, new):
        yield PropertyDiff(path, "update", forces)


def _lists(
    prop: SchemaProperty | None, old: list[Any], new: list[Any], path: str, forces: bool
) -> Iterator[PropertyDiff]:
    if prop is not None and prop.unordered:
        old, new = _pair_up(old, new)
    element = prop.element if prop is not None else None
    # An element that is a plain value does what its list does; an object's properties speak for themselves.
    plain = element is None or element.fields is None
    for index in range(max(len(old), len(new))):
        before = old[index] if index < len(old) else None
        after = new[index] if index < len(new) else None
        grows = index >= len(old) or index >= len(new)
        yield from _values(element, before, after, f"{path}[{index}]", forces and (plain or grows))


def _pair_up(old: list[Any], new: list[Any]) -> tuple[list[Any], list[Any]]:
    """Two sets without their common elements: only the rest is compared, element by element."""
    shared = Counter(map(_key, old)) & Counter(map(_key, new))
    return _without(old, shared.copy()), _without(new, shared)


def _without(items: list[Any], shared: Counter[str]) -> list[Any]:
    rest = []
    for item in items:
        key = _key(item)
        if shared[key] > 0 and not holds_unknown(item):
            shared[key] -= 1
        else:
            rest.append(item)
    return rest


def _key(item: Any) -> str:
    return json.dumps(_clean(item), sort_keys=True, default=repr)


def _clean(item: Any) -> Any:
    if isinstance(item, dict):
        return {name: _clean(value) for name, value in item.items() if name != DEFAULTS_KEY and value is not None}
    return [_clean(value) for value in item] if isinstance(item, list) else item


def _part_replaces(prop: SchemaProperty | None, value: Any) -> bool:
    """Whether a nested property of an added or removed value replaces the resource."""
    if prop is None:
        return False
    if isinstance(value, list) and prop.kind == "list":
        return any(_part_replaces(prop.element, item) for item in value)
    if isinstance(value, dict) and prop.kind == "object" and prop.fields:
        return any(
            field.replaces or _part_replaces(field, value[name])
            for name, field in prop.fields.items()
            if value.get(name) is not None
        )
    return False


def _is_empty(value: Any) -> bool:
    """Whether the provider takes a value for none: null, an empty list or an empty map."""
    return value is None or value in ([], {})


def _same(prop: SchemaProperty | None, old: Any, new: Any) -> bool:
    if old == new:
        return True
    kind = prop.kind if prop else "any"
    if kind in ("integer", "number", "boolean", "string") and _scalar(old) == _scalar(new):
        return True
    return isinstance(old, str) and isinstance(new, str) and _same_document(old, new)


def _scalar(value: Any) -> str:
    """A number or a boolean as the string that the provider would read it from."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _same_document(old: str, new: str) -> bool:
    if old[:1] not in "{[" or new[:1] not in "{[" or not old or not new:
        return False
    try:
        return bool(json.loads(old) == json.loads(new))
    except ValueError:
        return False


def _join(path: str, name: str) -> str:
    if not _PLAIN_KEY.match(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'{path}["{escaped}"]'
    return f"{path}.{name}" if path else name
