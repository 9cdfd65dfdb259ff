"""Stacks from files: an exported state, a saved update plan, a preview as JSON; read as the engine would send them.

What such a file holds in the open is judged. A secret that is encrypted in it, or hidden, is a value not known yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, unquote

from .redaction import Secrets
from .resource import STACK_TOKEN, Resource, stack_of
from .values import DEEPEST, SECRET, SIGNATURE, UNKNOWNS, Unknown, decoded, finite

OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
"""Signature of a value that travels with its dependencies."""
HIDDEN = "[secret]"
"""The CLI's placeholder for a secret."""
_GONE = frozenset(
    ("delete", "delete-replaced", "discard", "discard-replaced", "read-discard", "remove-pending-replace")
)
_LOOKED_UP = frozenset(("read", "read-replacement"))
"""Operations of a preview or a plan on a resource that the program looks up by `get`."""
_POSITION = re.compile(r"project:///(?P<path>[^#]+)#(?P<line>\d{1,9})(?:,\d+)?")
_PROVIDER = "pulumi:providers:"


class Unreadable(Exception):
    """A file without a readable stack: one line with the cause and the remedy."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A line of the program; `path` is relative to the folder of the project and percent-encoded."""

    path: str
    line: int


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack read from a file. `preview` tells whether values may still become known."""

    resources: tuple[Resource, ...]
    """Outputs, or what is known of them before an operation."""
    inputs: Mapping[str, Resource]
    """The program's inputs by URN; resources that it only looked up have none."""
    preview: bool
    secrets: Secrets = field(default_factory=Secrets)
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Source location of each resource by URN, where the file has it."""
    production: bool = False
    """Whether its settings mark it as production: its output `production`, or `<project>:production` of the
    configuration that a preview or a plan comes with."""
    looked_up: frozenset[str] = frozenset()
    """URNs of what another program made, and this one only reads: the engine shows those to no rule either."""

    @property
    def name(self) -> str:
        return next((name for name in (stack_of(resource.urn) for resource in self.resources) if name), "")

    @property
    def own(self) -> tuple[Resource, ...]:
        """The resources that the program makes."""
        return tuple(resource for resource in self.resources if resource.urn not in self.looked_up)


def parse(text: str, state: str | None = None) -> Stack:
    """The stack in the text of a file; `state` is the exported state that a plan or a preview of changes builds on."""
    body = _json(text)
    stack = _parsed(body, _exported(_json(state)) if state else [])
    return replace(stack, production=any(str(said).lower() == "true" for said in _said_production(body, stack)))


def _said_production(body: Mapping[str, Any], stack: Stack) -> Iterator[Any]:
    for key, value in _mapping(body.get("config")).items():
        if key.partition(":")[2] == "production":
            yield value.get("string") if isinstance(value, dict) else value  # a plan says of each whether it is secret
    for resource in stack.resources:
        if resource.token == STACK_TOKEN:
            yield _mapping(resource.data).get("production")


def _parsed(body: dict[str, Any], before: list[Any]) -> Stack:
    if "resourcePlans" in body:
        return _planned(body["resourcePlans"], before)
    if "steps" in body:
        steps = [step for step in _listed(body["steps"]) if isinstance(step, dict) and isinstance(step.get("urn"), str)]
        if not steps:
            raise Unreadable(f"holds no step of a preview: {_REMEDY}")
        return _stack(_previewed(body, steps, before), preview=True)
    stack = _stack(_exported(body), preview=False)
    if not stack.resources:
        raise Unreadable(f"holds no resource with a URN and a type: {_REMEDY}")
    return stack


def _json(text: str) -> dict[str, Any]:
    try:
        body = decoded(text)
    except RecursionError:
        raise Unreadable(f"nests deeper than {DEEPEST} levels: provide the output of `pulumi stack export`") from None
    except ValueError:
        raise Unreadable("is not JSON: provide the output of `pulumi stack export`") from None
    if not isinstance(body, dict):
        raise Unreadable("holds no stack: provide the output of `pulumi stack export`")
    return body


_REMEDY = "provide the output of `pulumi stack export`, `pulumi preview --json` or `--save-plan`"


def _exported(body: Mapping[str, Any]) -> list[Any]:
    """The resources of an exported state, or of a checkpoint file of a backend."""
    for path in (("deployment",), ("checkpoint", "latest"), ("latest",), ()):
        inner: Any = body
        for step in path:
            inner = inner.get(step) if isinstance(inner, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get("resources"), list):
            return [item for item in inner["resources"] if isinstance(item, dict) and not item.get("delete")]
    raise Unreadable(f"holds no stack: {_REMEDY}")


def _previewed(
    body: Mapping[str, Any], steps: Iterable[dict[str, Any]], before: Iterable[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The resources after a previewed update; a replaced one has several steps.

    The CLI omits unchanged resources and only counts them: they have to come from the state.
    """
    shown = sum(step.get("op") == "same" for step in steps)
    counts = body.get("changeSummary")
    same = counts.get("same", 0) if isinstance(counts, dict) else 0
    last = {str(item.get("urn")): item for item in before}
    if not last and isinstance(same, int) and same > shown:
        raise Unreadable("omits unchanged resources: preview with --show-sames, or provide the exported state (STATE=)")
    for step in steps:
        state = step.get("newState")
        if str(step.get("op")) in _GONE:
            last.pop(str(step.get("urn")), None)
        elif isinstance(state, dict):
            urn, operation = str(state.get("urn")), str(step.get("op"))
            last[urn] = _updated(last.get(urn) or step.get("oldState"), state) if operation == "update" else state
            if operation in _LOOKED_UP:
                last[urn] = {**state, "external": True}
    yield from last.values()


def _updated(old: Any, new: Mapping[str, Any]) -> dict[str, Any]:
    """A resource that is changed in place: by what it is known stays, and the CLI doesn't show it again."""
    kept = _mapping(_mapping(old).get("outputs"))
    return {**new, "outputs": {**kept, **_mapping(new.get("inputs")), **_mapping(new.get("outputs"))}}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _planned(plans: Any, before: Iterable[dict[str, Any]]) -> Stack:
    known = {str(item.get("urn")): item for item in before}
    items: list[dict[str, Any]] = []
    if not isinstance(plans, dict) or not any(isinstance(plan, dict) for plan in plans.values()):
        raise Unreadable(f"holds no plan of a resource: {_REMEDY}")
    for urn, plan in plans.items():
        goal = plan.get("goal") if isinstance(plan, dict) else None
        steps = [step for step in _listed(_mapping(plan).get("steps")) if isinstance(step, str)]
        if not isinstance(goal, dict) or _GONE.issuperset(steps):
            continue
        if _LOOKED_UP.intersection(steps):
            goal = {**goal, "external": True}
        elif urn not in known and "create" not in steps and goal.get("custom"):
            raise Unreadable("is a plan for an existing stack: provide that stack's exported state too (STATE=)")
        items.append(_after_plan(urn, goal, known.get(urn, {})))
    return _stack(items, preview=True)


def _after_plan(urn: str, goal: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's state with what the plan changes in its inputs; what changes is not known to have come out."""
    change = _mapping(goal.get("inputDiff"))
    changed = {**_mapping(change.get("adds")), **_mapping(change.get("updates"))}
    gone = _listed(change.get("deletes"))
    inputs = {name: value for name, value in _mapping(old.get("inputs")).items() if name not in gone} | changed
    outputs = {name: value for name, value in _mapping(old.get("outputs")).items() if name not in (*gone, *changed)}
    return {**old, **goal, "urn": urn, "inputs": inputs, "outputs": outputs}


def _stack(items: Iterable[Mapping[str, Any]], *, preview: bool) -> Stack:
    items = [item for item in items if isinstance(item.get("urn"), str) and isinstance(item.get("type"), str)]
    secrets = Secrets()
    providers = {
        str(item.get("urn")): _read(item.get("inputs"), Secrets(), "")
        for item in items
        if str(item.get("type")).startswith(_PROVIDER)
    }
    resources: list[Resource] = []
    inputs: dict[str, Resource] = {}
    for item in items:
        asked, made = _read(item.get("inputs"), secrets, ""), _read(item.get("outputs"), secrets, "")
        identity = {"id": item["id"]} if isinstance(item.get("id"), str) and item["id"] else {}
        provider = providers.get(str(item.get("provider") or "").rpartition("::")[0])
        resource = _resource(item, identity | _mapping(asked) | _mapping(made), provider)
        resources.append(resource)
        if not item.get("external"):
            inputs[resource.urn] = _resource(item, asked, provider)
    sources = {str(item["urn"]): source for item in items if (source := _source(item.get("sourcePosition")))}
    return Stack(
        resources=tuple(resources),
        inputs=inputs,
        preview=preview,
        secrets=secrets,
        sources=sources,
        looked_up=frozenset(resource.urn for resource in resources if resource.urn not in inputs),
    )


def _source(position: Any) -> Source | None:
    """`project:///components/keys.py#42` or `…#42,7`, as the engine writes it."""
    match = _POSITION.fullmatch(position) if isinstance(position, str) else None
    if match is None or ".." in match["path"].split("/"):
        return None
    return Source(path=quote(unquote(match["path"])), line=max(1, int(match["line"])))


def _resource(item: Mapping[str, Any], props: Any, provider: Any) -> Resource:
    urn = str(item.get("urn") or "")
    links = item.get("propertyDependencies")
    return Resource(
        str(item.get("type") or ""),
        urn.rpartition("::")[2],
        props,
        urn=urn,
        provider=provider,
        links={
            name: tuple(filter(None, map(_urn, urns if isinstance(urns, list) else ())))
            for name, urns in (links.items() if isinstance(links, dict) else ())
        },
    )


def _urn(entry: Any) -> str:
    return entry if isinstance(entry, str) else ""


def _read(value: Any, secrets: Secrets, path: str, depth: int = 0) -> Any:
    if isinstance(value, str):
        return Unknown(path) if value in UNKNOWNS or value == HIDDEN else value
    if isinstance(value, float):
        return finite(value)
    if not isinstance(value, (list, dict)):
        return value
    if depth > DEEPEST:
        raise Unreadable(f"nests deeper than {DEEPEST} levels: provide the output of `pulumi stack export`")
    depth += 1
    if isinstance(value, list):
        return [_read(item, secrets, f"{path}[{index}]", depth) for index, item in enumerate(value)]
    signature = value.get(SIGNATURE)
    if signature == SECRET:
        return _secret(value, secrets, path, depth)
    if signature == OUTPUT_VALUE:
        return _read(value["value"], secrets, path, depth) if "value" in value else Unknown(path)
    return {key: _read(item, secrets, f"{path}.{key}" if path else key, depth) for key, item in value.items()}


def _secret(value: Mapping[str, Any], secrets: Secrets, path: str, depth: int) -> Any:
    if "value" in value:
        opened = _read(value["value"], secrets, path, depth)
    else:
        try:
            opened = _read(decoded(value["plaintext"]), secrets, path, depth)
        except (KeyError, TypeError, ValueError, RecursionError):
            return Unknown(path)  # encrypted: `pulumi stack export --show-secrets` opens it
    secrets.note(opened)
    return opened
