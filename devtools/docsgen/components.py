"""The page of components: arguments and outputs from their classes, resources from the example stacks.

The costs of production come from this tree's own stack and stand between markers: an adopter's other settings
make them out of date, which `make docs` fixes and no test checks.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Final, get_type_hints

import components
from components import handles
from components.base import Component
from devtools.docsgen.docstrings import OWN, first_sentence, meanings, row, summary
from devtools.paths import REPO_ROOT
from devtools.recording.recorded import Recorded, Resource

FROM_STACK: Final = "<!-- from this tree's stack -->"
END: Final = "<!-- the end of what is from it -->"
_INTRODUCTION: Final = """# Components

<!-- Written by `make docs` from components/; change it there. -->

A component builds one part of the shop from typed arguments and hands typed outputs to the next; `__main__.py` wires
them. None reads the configuration, none knows another. Each is a Pulumi component resource `(name, args, opts)`; `site`
says whose stack it is and where. Resources are those of the example stacks and of one with every setting on; which
settings bring them is on the page of [settings](../settings.md).
"""
_HANDLES: Final = """## Handles

What a component says of a thing that it built, so that another can use it.
"""


def render(recordings: Iterable[Recorded], cost: Mapping[str, Any] | None = None) -> str:
    """The page. `recordings` are whole programs, `cost` what `make cost` writes of a stack as JSON."""
    resources = _by_component(recordings)
    parts = [_INTRODUCTION, *(_section(one, resources.get(token(one), ())) for one in every())]
    parts += [_cost(cost), _HANDLES, *(_handle(one) for one in _handles())]
    return "\n".join(parts)


def without_stack(page: str) -> str:
    """The page without what depends on this tree's own stack."""
    return re.sub(f"{FROM_STACK}.*?{END}", "", page, flags=re.DOTALL)


def token(component: type[Component]) -> str:
    return f"saleday:{component.tier}:{component.kind}"


def every() -> list[type[Component]]:
    """All components: first those that the program wires, in its order, then those inside them."""
    for found in pkgutil.walk_packages(components.__path__, "components."):
        importlib.import_module(found.name)
    program = (REPO_ROOT / "__main__.py").read_text()
    # A component is wired where it is called by its name.
    return sorted(
        _subclasses(Component), key=lambda one: (program.find(f"{one.__name__}(") % len(program), one.tier, one.kind)
    )


def _subclasses(base: type[Component]) -> set[type[Component]]:
    direct = {one for one in base.__subclasses__() if one.__module__.startswith("components.")}
    return direct.union(*map(_subclasses, direct))


def _section(component: type[Component], resources: Sequence[str]) -> str:
    place = component.__module__.replace(".", "/") + ".py"
    lines = [f"## {component.kind}", "", f"`{token(component)}`, in `{place}`. {summary(component)}", ""]
    arguments = get_type_hints(component.__init__).get("args")
    if arguments is not None:
        lines += [f"Arguments, `{arguments.__name__}`:", "", *_fields(arguments), ""]
    if outputs := list(_outputs(component)):
        lines += ["Outputs:", "", row("output", "type", "what it is"), row("---", "---", "---"), *outputs, ""]
    listed = ", ".join(f"`{kind}`" for kind in resources) or "none of its own"
    return "\n".join([*lines, f"Resources: {listed}.", ""])


def _fields(described: type) -> Iterator[str]:
    assert is_dataclass(described)
    yield row("argument", "type", "default", "what it is")
    yield row("---", "---", "---", "---")
    said = meanings(described)
    for field in fields(described):
        meaning = said.get(field.name) or _said_by_type(str(field.type), described)
        yield row(f"`{field.name}`", f"`{field.type}`", _default(field), meaning)


def _outputs(component: type[Component]) -> Iterator[str]:
    """Public attributes and properties; annotations of the class are its outputs, but for what the type is made of."""
    said = meanings(component)
    own = {name: text for name, text in inspect.get_annotations(component).items() if not name.startswith("_")}
    own |= {
        name: inspect.get_annotations(value.fget).get("return", "")
        for name, value in vars(component).items()
        if isinstance(value, property) and value.fget and not name.startswith("_")
    }
    for name, annotation in own.items():
        yield row(f"`{name}`", f"`{annotation}`", said.get(name) or _said_by_type(annotation, component))


def _said_by_type(annotation: str, described: type) -> str:
    """For a field without words of its own, those of its class."""
    named = vars(importlib.import_module(described.__module__)).get(annotation)
    if isinstance(named, type) and named.__module__.partition(".")[0] in OWN:
        return first_sentence(summary(named))
    return ""


def _default(field: Field[Any]) -> str:
    if field.default is not MISSING:
        return f"`{field.default}`"
    if field.default_factory is not MISSING:
        return "empty" if field.default_factory in (dict, list, tuple) else "its defaults"
    return "required"


def _handles() -> list[type]:
    return [one for one in vars(handles).values() if is_dataclass(one) and one.__module__ == handles.__name__]


def _handle(described: type) -> str:
    return "\n".join([f"### {described.__name__}", "", summary(described), "", *_fields(described), ""])


def _by_component(recordings: Iterable[Recorded]) -> dict[str, list[str]]:
    """Types of the AWS resources that are direct children of each component, by its type, from all recordings."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for recorded in recordings:
        by_urn = {resource.urn: resource for resource in recorded.resources}
        for resource in recorded.resources:
            if resource.token.startswith("aws:") and (owner := _owner(resource, by_urn)):
                found[owner].add(_short(resource.token))
    return {owner: sorted(kinds) for owner, kinds in found.items()}


def _owner(resource: Resource, by_urn: Mapping[str, Resource]) -> str:
    above: Resource | None = resource
    while above is not None and not above.token.startswith("saleday:"):
        above = by_urn.get(above.parent)
    return above.token if above is not None else ""


def _short(kind: str) -> str:
    """`aws:ec2/vpc:Vpc` as `ec2.Vpc`."""
    return f"{kind.split(':')[1].partition('/')[0]}.{kind.rpartition(':')[2]}"


def _cost(bill: Mapping[str, Any] | None) -> str:
    """Monthly cost of each part, from a stack's bill."""
    if bill is None:
        return "\n".join(["## What they cost", "", FROM_STACK, END, ""])
    month: defaultdict[tuple[str, str], float] = defaultdict(float)
    for line in bill["month"]["lines"]:
        if line["usd"]:
            month[line["tier"], line["service"]] += line["usd"]
    lines = [
        "## What they cost",
        "",
        FROM_STACK,
        f"USD a month without an event (`make cost STACK={bill['stack']}`), by prices of {bill['pricesOf']}. What has",
        "no sourced price is not in it: the command lists it.",
        "",
        row("component's tier", "service", "USD a month"),
        row("---", "---", "---:"),
        *(row(tier, service, f"{usd:,.0f}") for (tier, service), usd in sorted(month.items(), key=lambda it: -it[1])),
        END,
        "",
    ]
    return "\n".join(lines)
