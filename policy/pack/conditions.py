"""What conditions prove: which requests can meet them, and whether a stranger's request can.

A condition holds for any one of its values. It proves something only if its key has to be present and every value
is particular for its key's format (`condition_keys`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .condition_keys import OWN_SIDE, WITHOUT_ACCOUNT, Form, Proves, find
from .networks import is_open
from .patterns import has_wildcard, is_wildcard_resource, literal
from .values import Unknown


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One operator and key with its values, as in `{"StringEquals": {"aws:SourceAccount": "…"}}`; both lower case."""

    operator: str
    key: str
    values: tuple[Any, ...]

    @property
    def base(self) -> str:
        """The operator without its set prefix (`ForAllValues:`, `ForAnyValue:`) and its `IfExists` suffix."""
        return self.operator.removeprefix("forallvalues:").removeprefix("foranyvalue:").removesuffix("ifexists")

    @property
    def holds_without_key(self) -> bool:
        return (
            self.operator.startswith("forallvalues:")
            or self.operator.endswith("ifexists")
            or (self.base in NEGATED and not self.operator.startswith("foranyvalue:"))
        )

    @property
    def texts(self) -> list[str]:
        """Its values as text; those that will be known later are left out: which key they belong to is what counts."""
        shown = (str(value).lower() if isinstance(value, bool) else value for value in self.values)
        return [str(value) for value in shown if isinstance(value, (str, int, float))]


# Operators that hold for the values that aren't listed, each with the one that it is the opposite of.
NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "notipaddress": "ipaddress",
    "numericnotequals": "numericequals",
}
_POSITIVE = frozenset((*NEGATED.values(), "bool"))
_VALUES = (str, int, float, Unknown)
_PATTERNS = frozenset(("stringlike", "arnequals", "arnlike"))


def proving(conditions: Sequence[Condition], *, of_services: bool) -> Condition | None:
    """The condition that no stranger can meet; `of_services`: the callers are AWS services acting for an account."""
    return next((item for item in conditions if _keeps_strangers_out(item, conditions, of_services)), None)


def _keeps_strangers_out(item: Condition, conditions: Sequence[Condition], of_services: bool) -> bool:
    key = find(item.key)
    if key.proves in (Proves.NOTHING, Proves.REACH) or (key.services_only and not of_services):
        return False
    return particular(item, conditions)


def refuses_strangers(item: Condition) -> bool:
    """Whether the condition of a denial holds for every stranger: `StringNotEquals aws:PrincipalOrgID o-…`."""
    key, opposite = find(item.key), NEGATED.get(item.base)
    if opposite is None or item.operator.startswith("foranyvalue:") or key.services_only:
        return False
    if key.proves in (Proves.NOTHING, Proves.REACH):
        return False
    return _all_particular(opposite, item.key, item)


def narrowed(conditions: Sequence[Condition], *keys: str) -> bool:
    """Whether a condition on one of the keys narrows: it has to hold, and each of its values is particular.

    Keys are lower case; one that ends in `/` or `:` takes any suffix.
    """
    return any(
        particular(item, conditions) or (find(item.key).form is Form.SAME and _names_owner(item, conditions))
        for item in conditions
        if any(item.key == key or (key[-1:] in "/:" and item.key.startswith(key)) for key in keys)
    )


def _names_owner(item: Condition, conditions: Sequence[Condition]) -> bool:
    """Whether a condition pins the account or organisation of the resources that are reached."""
    return binds(item, conditions) and all(_particular(Form.ID, item.key, item.base, text) for text in item.texts)


def particular(item: Condition, conditions: Iterable[Condition] = ()) -> bool:
    """Whether a condition holds only for particular values of a required key."""
    return binds(item, conditions) and _all_particular(item.base, item.key, item)


def binds(item: Condition, conditions: Iterable[Condition]) -> bool:
    """Whether a condition holds for the values that it lists alone, and not where its key is absent."""
    if item.base not in _POSITIVE or not item.values or not all(isinstance(value, _VALUES) for value in item.values):
        return False
    return not item.holds_without_key or any(asks_for_key(other, item.key) for other in conditions)


def patterns_of(item: Condition) -> list[str]:
    """The values of a condition as patterns; policy variables become `*`."""
    return [_VARIABLE.sub("*", text) for text in item.texts]


def asks_for_key(item: Condition, key: str) -> bool:
    """Whether a condition fails wherever the key is absent."""
    if item.key != key:
        return False
    if item.base == "null":
        return item.texts == ["false"] and not item.operator.endswith("ifexists")
    return bool(item.values) and not item.holds_without_key


def _all_particular(base: str, key: str, item: Condition) -> bool:
    form = find(key).form
    return bool(item.values) and all(_particular(form, key, base, text) for text in item.texts)


_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_OWN = "own"
_IDENTITY = ("aws:principal", "aws:userid", "aws:username", "saml:")


@lru_cache(maxsize=8192)
def _particular(form: Form, key: str, base: str, text: str) -> bool:
    if form is Form.SAME:
        return _equals_the_caller(key, text)
    pattern = _read(text, key, form)
    # Elsewhere than in patterns `*` is a character like others; a variable is what the request makes of it.
    open_ended = has_wildcard(pattern) if base in _PATTERNS else "\0" in pattern
    pattern = pattern.replace("\0", "*")
    if not pattern:
        return False
    if form is Form.NAME:
        return _names_something(pattern) if open_ended else True
    if form is Form.TRUE:
        return base == "bool" and text.lower() == "true"
    if form is Form.RANGES and base == "ipaddress":
        return not is_open(text)
    if form is Form.CONTEXT:
        form = _of_context(key, pattern)
    if open_ended or form is Form.CONTEXT:
        return _BOUND[form](pattern)
    return pattern != "anonymous"  # the account that a request without credentials is said to come from


def _read(text: str, key: str, form: Form) -> str:
    """A value with its variables replaced: by a mark where the request decides them, by a word where the owner does."""

    def meant(match: re.Match[str]) -> str:
        name = match[1].split(",", 1)[0].strip().lower()
        if name in ("*", "?", "$"):
            return "$"
        if name in OWN_SIDE and name != key:
            return _OWN
        # Of what an identity reaches, its own name and tags are no choice of the request.
        return _OWN if form is Form.NAME and name.startswith(_IDENTITY) else "\0*"

    return _VARIABLE.sub(meant, text)


def _equals_the_caller(key: str, text: str) -> bool:
    match = _VARIABLE.fullmatch(text.strip())
    return match is not None and match[1].strip().lower() in OWN_SIDE.get(key, ())


def _of_context(key: str, pattern: str) -> Form:
    """Format of an encryption context's value: an ARN, a resource id or an account."""
    if pattern.lower().startswith("arn:"):
        return Form.ARN
    if key.endswith(("account", "accountid", "subscriberid")):
        return Form.ACCOUNT
    return Form.ID if key.endswith((":id", "-id")) else Form.CONTEXT


def _before_wildcard(pattern: str) -> str:
    return re.split(r"[*?]", pattern, maxsplit=1)[0]


def _names_account(pattern: str) -> bool:
    """Whether an ARN pattern names the account, or, where such ARNs have none, the whole name."""
    parts = pattern.split(":", 5)
    if len(parts) < 6 or has_wildcard(parts[0]):
        return False
    account, resource = parts[4], parts[5]
    if has_wildcard(account):
        # `arn:aws:s3:*:*:name`, as AWS's own examples have it: what has no parts is no resource of an account.
        return parts[2] == "s3" and not has_wildcard(resource) and "/" not in resource
    if account:
        return True
    whole = _before_wildcard(resource).rpartition("/")[0] if has_wildcard(resource) else resource
    wanted = WITHOUT_ACCOUNT.get(parts[2].lower())
    return wanted is not None and len([part for part in whole.split("/") if part]) >= wanted


# For a value with wildcards: whether what it names is particular all the same.
_BOUND = {
    Form.ACCOUNT: lambda pattern: False,
    Form.ID: lambda pattern: False,
    Form.RANGES: lambda pattern: False,
    Form.CONTEXT: lambda pattern: False,
    Form.ARN: _names_account,
    Form.ORG_PATH: lambda pattern: "/" in _before_wildcard(pattern),
    Form.USER_ID: lambda pattern: ":" in _before_wildcard(pattern),
    Form.SERVICE: lambda pattern: "." in _before_wildcard(pattern),
}
_TYPE_NAMES = re.compile(r"^alias/")


def _names_something(pattern: str) -> bool:
    """Whether a pattern is narrower than `*`: an ARN with an account or a name, or a name besides its type."""
    if pattern.lower().startswith("arn:"):
        return _names_account(pattern) or not is_wildcard_resource(pattern)
    return bool(literal(_TYPE_NAMES.sub("", pattern)))
