"""One line for each fault of bad input: the setting, the rule, the value received and the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from specs.names import meant

# Settings whose values may be credentials, and are never repeated in a message.
_HIDDEN: Final = frozenset({"environment", "secrets"})
GIVEN: Final = frozenset({"project", "stack", "region"})
"""Fields of the root that are no settings: they come from Pulumi itself and from `aws:region`."""
MAX_LINES: Final = 50
"""Faults that are told at once."""
_PLAIN: Final = re.compile(r"[\w.:-]{1,40}")
"""Names that stand in a path as they are; others give way to the entry's position."""
_MAX_VALUE: Final = 80  # characters of a value that a message repeats

# Settings that do not switch a thing of the account on or off, by the one that does.
_IN_ACCOUNT: Final[dict[str, str]] = {
    "delivery.platform.provider": "account.githubProvider",
    "observability.accountSettings": "account, one setting for each thing",
    "security.detection.guardDuty": "account.detector",
    "security.detection.inspected": "account.inspector",
    "security.detection.recording": "account.recorder",
    "security.detection.standards": "account.hub",
    "security.detection.unusedAccessDays": "account.unusedAccess",
}

_RULES: Final[dict[str, tuple[str, str]]] = {
    # pydantic's error type -> (rule, remedy); {…} are the error's own context values
    "greater_than": ("must be above {gt:g}", "raise it"),
    "greater_than_equal": ("must be at least {ge:g}", "raise it"),
    "less_than": ("must be below {lt:g}", "lower it"),
    "less_than_equal": ("must be at most {le:g}", "lower it"),
    "multiple_of": ("must be a multiple of {multiple_of:g}", "round it"),
    "literal_error": ("must be one of {expected}", "choose one of these"),
    "string_pattern_mismatch": ("must match {pattern}", "rewrite it"),
    "string_too_short": ("must have at least {min_length} characters", "lengthen it"),
    "string_too_long": ("must have at most {max_length} characters", "shorten it"),
    "too_short": ("must have at least {min_length} entries", "add what is missing"),
    "too_long": ("must have at most {max_length} entries", "remove some"),
    "ip_v4_network": (
        "must be an IPv4 network such as 10.20.0.0/16, its host bits zero",
        "write the network's own address",
    ),
    "ip_any_network": (
        "must be a network such as 203.0.113.0/24, its host bits zero",
        "write the network's own address",
    ),
    "form": ("must be {words}", "write for example {example}"),
    "known": ("must be {words}", "{remedy}"),
    "twice": ("names each once", "{twice} is there twice: remove one"),
    "fraction": ("is in percent, not a fraction", "write {percent}"),
    "truth": ("must be a number", "write digits only"),
    "missing": ("is required", "add it"),
    "int_parsing": ("must be a whole number", "write digits only"),
    "int_type": ("must be a whole number", "write digits only"),
    "int_from_float": ("must be a whole number", "round it"),
    "float_parsing": ("must be a number", "write digits only"),
    "float_type": ("must be a number", "write digits only"),
    "finite_number": ("must be a finite number", "write digits only"),
    "bool_parsing": ("must be true or false", "write one of the two"),
    "bool_type": ("must be true or false", "write one of the two"),
    "string_type": ("must be text", "put it in quotes"),
    "datetime_type": ("must be a date and time", "write it as 2027-10-01T00:00:00+05:30, in quotes"),
    "datetime_parsing": ("must be a date and time", "write it as 2027-10-01T00:00:00+05:30, in quotes"),
    "datetime_from_date_parsing": ("must be a date and time", "write it as 2027-10-01T00:00:00+05:30, in quotes"),
    "timezone_aware": ("must say its offset from UTC", "end it with one, for example +05:30"),
    "model_type": ("must be a map of settings", "write its fields on lines of their own, indented"),
    "model_attributes_type": ("must be a map of settings", "write its fields on lines of their own, indented"),
    "dict_type": ("must be a map", "write name: value on lines of their own, indented"),
    "tuple_type": ("must be a list", "start each entry with a dash"),
}


def told(error: ValidationError, *, root: type[BaseModel], values: Mapping[str, Any], namespace: str) -> str:
    """All faults of `error`, each on a line of its own, the first `MAX_LINES` of them.

    `root` is the model that failed and `values` what it was given; `namespace` is the prefix of its settings.
    """
    faults = error.errors(include_url=False)
    # A list whose entry is at fault is reported as too short as well: only the entry's own fault helps.
    within = {fault["loc"][:depth] for fault in faults for depth in range(1, len(fault["loc"]))}
    faults = [fault for fault in faults if fault["loc"] not in within]
    # A misspelt name explains the missing one beside it, so it is told first.
    faults.sort(key=lambda fault: fault["type"] != "extra_forbidden")
    lines = [_describe(fault, root, values, namespace) for fault in faults[:MAX_LINES]]
    if more := len(faults) - MAX_LINES if len(faults) > MAX_LINES else 0:
        lines.append(f"{namespace}: {more} more of them; correct these first")
    return "\n".join(dict.fromkeys("\n".join(lines).splitlines()))


def told_together(checks: Iterable[Callable[[], None]]) -> None:
    """Runs all checks. Raises ValueError with the lines of each that raised one."""
    lines: list[str] = []
    for check in checks:
        try:
            check()
        except ValueError as error:
            lines.append(str(error))
    if lines:
        raise ValueError("\n".join(lines))


def _describe(fault: ErrorDetails, root: type[BaseModel], values: Mapping[str, Any], namespace: str) -> str:
    location = fault["loc"]
    if location[-1:] == ("[key]",):  # pydantic's word for the key itself
        location, fault["input"] = location[:-2], location[-2]
    setting = f"{namespace}:{_path(location, values)}" if location else namespace
    context = fault.get("ctx", {})
    if fault["type"] == "value_error":  # raised by a spec, whose text already has rule, value and remedy
        text = str(context["error"])
        if location:
            return f"{setting}: {text}"
        # A rule between several settings names the one at fault itself.
        return "\n".join(line if line.startswith("aws:") else f"{namespace}:{line}" for line in text.splitlines())
    decides = _IN_ACCOUNT.get(".".join(map(str, location)))
    if fault["type"] == "extra_forbidden":
        remedy = f"set {decides}: create, adopt or leave" if decides else _nearest(location, root)
        return f"{setting}: no such setting (got {location[-1]}); {remedy}"
    rule, remedy = _RULES.get(fault["type"], (fault["msg"], "correct it"))
    received = "nothing" if fault["type"] == "missing" else _shown(fault["input"], location)
    if decides and not fault["input"]:
        remedy = f"to do without, set {decides} to leave"
    return f"{setting}: {rule.format(**context)} (got {received}); {remedy.format(**context)}"


def _path(location: Sequence[int | str], values: Mapping[str, Any]) -> str:
    """`services[cart].scaling.min`: entries of a list by their name where they have one, else by position."""
    path, here = "", cast(Any, values)
    for part in location:
        if isinstance(part, int):
            here = here[part] if isinstance(here, Sequence) and part < len(here) else None
            name = here.get("name") if isinstance(here, Mapping) else None
            path += f"[{name if isinstance(name, str) and _PLAIN.fullmatch(name) else part}]"
        else:
            here = here.get(part) if isinstance(here, Mapping) else None
            plain = part if _PLAIN.fullmatch(part) else _shown(part, ())
            path += f".{plain}" if path else plain
    return path


def _shown(value: object, location: Sequence[int | str]) -> str:
    if _HIDDEN.intersection(map(str, location)):
        return "a value that is not shown"
    if isinstance(value, Mapping):
        return "a map"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    if isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, str) and value != value.strip():
        value = ascii(value)  # blanks and line ends that nobody would see
    text = "nothing" if value is None or value == "" else " ".join(str(value).split())
    text = text if text.isprintable() else ascii(text)
    return text if len(text) <= _MAX_VALUE else f"{text[:_MAX_VALUE]}…"


def _nearest(location: Sequence[int | str], root: type[BaseModel]) -> str:
    """The remedy for an unknown field: the nearest known one, or all of them."""
    model: type[BaseModel] | None = root
    for part in location[:-1]:
        if isinstance(part, str) and model is not None:
            model = _nested(model, part)
    if model is None:
        return "remove it"
    given = GIVEN if model is root else frozenset[str]()
    known = [field.alias or name for name, field in model.model_fields.items() if name not in given]
    return meant(str(location[-1]), known, f"known here: {', '.join(sorted(known))}")


def _nested(model: type[BaseModel], alias: str) -> type[BaseModel] | None:
    for name, field in model.model_fields.items():
        if (field.alias or name) == alias:
            return _first_model(field.annotation)
    return model  # a key of a map keeps its place


def _first_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_first_model(argument) for argument in getattr(annotation, "__args__", ()))
    return next((model for model in found if model is not None), None)
