"""Levels and options of the rules for one stack, from a file; what the pack doesn't have is a fault, never ignored.

A file has the shape of the engine's `--policy-pack-config`: by rule a level (`mandatory`, `advisory`, `disabled`) or
an object of options, among them `enforcementLevel` for the level.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .rule import PRODUCTION_STACKS, Level, Rule, RuleContext

LEVEL = "enforcementLevel"
DISABLED = "disabled"
LEVELS = (DISABLED, *(level.value for level in Level))
"""From the weakest to the strongest."""

ALL = "all"
"""In the place of a rule's name: the level of every rule that has none of its own there."""
REMEDIATE = "remediate"
"""The engine's level for policies that fix resources; this pack fixes none and treats it as mandatory."""

GUARD = "waivers-valid"
"""The rule that reports lowered levels; its own level can't be changed."""

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "string": str,
}


def _nothing(rule: str, option: str, stack: str) -> bool:
    return False


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """Valid levels and options of a configuration file, and its faults, a sentence each."""

    levels: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    faults: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)

    def settings(self, rule: Rule) -> Mapping[str, Any]:
        """The options of a rule as the file has them."""
        return self.options.get(rule.name, {})

    def level(self, rule: Rule) -> str:
        return self.levels.get(rule.name, rule.level.value)

    def entries(self) -> dict[str, dict[str, Any]]:
        """By rule, its options and its level among them, as the engine has them."""
        return {
            name: {**({LEVEL: self.levels[name]} if name in self.levels else {}), **self.options.get(name, {})}
            for name in (*self.levels, *self.options)
        }

    def under(self, other: Configuration) -> Configuration:
        """This configuration overridden by the other."""
        options = {
            name: {**self.options.get(name, {}), **other.options.get(name, {})}
            for name in (*self.options, *other.options)
        }
        return Configuration(
            levels={**self.levels, **other.levels},
            options=options,
            faults=(*self.faults, *other.faults),
            rules=self.rules or other.rules,
        )

    def unwaived(
        self, stack: str, allows: Callable[[str, str, str], bool] = _nothing, *, production: bool = False
    ) -> Iterator[str]:
        """Rules disabled or loosened in a production stack without a waiver. `allows` tells whether a waiver covers
        a rule's option in a stack; `production` is the stack's own setting.

        The guard's own option can add production stacks, never remove any.
        """
        added = self.options.get(GUARD, {}).get(PRODUCTION_STACKS.name, ())
        if not (production or _production(stack, [*PRODUCTION_STACKS.default, *added])):
            return
        for name, level in self.levels.items():
            if name in self.rules and lowers(self.rules[name], level):
                yield f"the configuration makes {name} {level}, which needs a waiver in production"
        for name, settings in self.options.items():
            stacks = settings.get(PRODUCTION_STACKS.name)
            if name != GUARD and isinstance(stacks, list) and not (production or _production(stack, stacks)):
                yield f"the configuration of {name} says that {stack} is not in production"
            for option in self.rules[name].options if name in self.rules else ():
                given = settings.get(option.name, option.default)
                if option.loosens(given) and not allows(name, option.name, stack):
                    yield (
                        f"the configuration loosens {name} by {option.name}, which in production needs a waiver with "
                        f'"option": "{option.name}" and "stack": "{stack}"'
                    )


def load(folder: Path, stack: str, rules: Mapping[str, Rule], *, production: bool) -> Configuration:
    """The configuration of a stack from the files in `folder`, as far as they exist.

    `default.json` applies to every stack, `production.json` to production stacks (by settings or name), and
    `<stack>.json` to that stack; the later override the earlier.
    """
    names = ["default"]
    if production or _production(stack, PRODUCTION_STACKS.default):
        names.append("production")
    found = Configuration()
    for path in (folder / f"{name}.json" for name in dict.fromkeys([*names, stack]) if name):
        if path.is_file():
            found = found.under(read(path, rules))
    return found


def says_production(project: str, config: Mapping[str, Any]) -> bool:
    """Whether a stack's settings mark it as production: `<project>:production` is true."""
    return str(config.get(f"{project}:production", "")).lower() == "true"


def read(path: Path, rules: Mapping[str, Rule]) -> Configuration:
    """The configuration in a file."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        return Configuration(faults=(f"{path.name} can't be read: {error}",))
    found = parse(body, rules)
    return replace(found, faults=tuple(f"{path.name}: {fault}" for fault in found.faults))


def parse(body: Any, rules: Mapping[str, Rule]) -> Configuration:
    """The configuration in a decoded file."""
    if not isinstance(body, dict):
        return Configuration(faults=("has to be an object of rules",))
    levels: dict[str, str] = {}
    options: dict[str, Mapping[str, Any]] = {}
    for name, given in body.items():
        settings = dict(given) if isinstance(given, dict) else {LEVEL: given}
        level = settings.pop(LEVEL, None)
        if level is not None:
            levels[name] = Level.MANDATORY.value if level == REMEDIATE else level
        if settings:
            options[name] = settings
    faults = tuple(_faults(levels, options, rules))
    if ALL in levels:
        levels = {**dict.fromkeys(rules, levels.pop(ALL)), **levels}
    return Configuration(levels=levels, options=options, faults=faults, rules=rules)


def _faults(
    levels: Mapping[str, Any], options: Mapping[str, Mapping[str, Any]], rules: Mapping[str, Rule]
) -> Iterator[str]:
    for name in sorted(({*levels} - {*rules, ALL}) | ({*options} - {*rules})):
        yield f"there is no rule {name!r}"
    for name, level in levels.items():
        if level not in LEVELS:
            yield f"{name}: {level!r} is no level; take one of {', '.join(LEVELS)}"
        elif GUARD in rules and name == (GUARD if GUARD in levels else ALL) and lowers(rules[GUARD], str(level)):
            yield f"the level of {GUARD} can't be lowered"
    for name, settings in options.items():
        if name in rules:
            yield from option_faults(rules[name], settings)


def option_faults(rule: Rule, settings: Mapping[str, Any]) -> Iterator[str]:
    """Faults of the options configured for a rule."""
    known = {option.name: option for option in rule.options}
    for name, value in settings.items():
        if name not in known:
            yield f"the rule {rule.name} has no option {name!r}"
        elif fault := _mismatch(known[name].schema, value):
            yield f"{rule.name}.{name} {fault}"


def _mismatch(schema: Mapping[str, Any], value: Any) -> str | None:
    """The mismatch between a value and its schema, for the part of JSON Schema that options use; None if valid."""
    wanted = schema.get("type")
    if isinstance(value, float) and value.is_integer():  # the engine's numbers are floats
        value = int(value)
    if wanted and (not isinstance(value, _TYPES[wanted]) or (isinstance(value, bool) and wanted != "boolean")):
        return f"has to be of type {wanted}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return f"has to match {schema['pattern']}"
    if isinstance(value, list):
        faults = (_mismatch(schema.get("items", {}), item) for item in value)
        return next((f"holds an element that {fault}" for fault in faults if fault), None)
    return None


def lowers(rule: Rule, level: str) -> bool:
    """Whether a level is weaker than the rule's own; what the engine calls `remediate` is mandatory here."""
    return level in LEVELS and LEVELS.index(level) < LEVELS.index(rule.level.value)


def _production(stack: str, names: list[Any]) -> bool:
    return RuleContext(stack=stack, options={PRODUCTION_STACKS.name: names}).production
