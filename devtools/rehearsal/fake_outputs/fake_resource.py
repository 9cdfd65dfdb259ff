"""A fake resource, and the small template language of its id, ARN and other outputs.

A template is text with fields in braces:

    {id} {arn} {name}                 the resource's own; `name` is its physical name
    {region} {account} {partition}    where it is; also {suffix} (DNS suffix) and {code} (aps1 for ap-south-1)
    {hex17} {upper13} {lower8} {digits10} {uuid}   made up: that many characters, the same ones for the same resource
    {hex17:main}                      made up, another one: the word after the colon tells them apart
    {anything}                        an input property of that name, "" when it is absent
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from devtools.rehearsal.fake_outputs.account_region import AccountRegion

_FIELD: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
_RANDOM: Final = re.compile(r"^(hex|upper|lower|digits)(\d+)$")
_ALPHABETS: Final = {
    "hex": "0123456789abcdef",
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "lower": "abcdefghijklmnopqrstuvwxyz0123456789",
    "digits": "0123456789",
}


@dataclass(slots=True)
class FakeResource:
    """Inputs for making a resource's outputs. `seed` decides every made-up character."""

    short: str
    name: str
    inputs: Mapping[str, Any]
    place: AccountRegion
    seed: str
    # Outputs of the replaced resource or, when `updating`, of itself before: versions count on.
    previous: Mapping[str, Any] = field(default_factory=dict)
    updating: bool = False
    id: str = ""
    arn: str = ""

    def made_up(self, alphabet: str, length: int, salt: str = "") -> str:
        """`length` characters of an alphabet (hex, upper, lower, digits), always the same for one seed and salt."""
        return _characters(_ALPHABETS[alphabet], length, f"{alphabet}{length}|{salt}|{self.seed}")

    def uuid(self, salt: str = "") -> str:
        """A version 4 UUID, always the same for one seed and salt."""
        text = self.made_up("hex", 32, f"uuid{salt}")
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def text(self, prop: str, default: str = "") -> str:
        """A string input, `default` when it is absent or empty."""
        value = self.inputs.get(prop)
        return default if value is None or value == "" else str(value)

    def text_before(self, prop: str) -> str:
        """A string output before the replacement or update, "" when there was none."""
        return str(self.previous.get(prop) or "")

    def fill(self, template: str) -> str:
        """The template with its fields replaced."""
        return "".join(part if isinstance(part, str) else self._field(*part) for part in _parts(template))

    def _field(self, name: str, salt: str) -> str:
        if name in ("id", "arn", "name"):
            return str(getattr(self, name))
        if name == "region":
            return self.place.region
        if name == "account":
            return self.place.account_id
        if name == "partition":
            return self.place.partition
        if name == "suffix":
            return self.place.dns_suffix
        if name == "code":
            return self.place.code
        if name == "uuid":
            return self.uuid(salt)
        random = _RANDOM.match(name)
        if random is not None:
            return self.made_up(random[1], int(random[2]), salt)
        return self.text(name)


Template = str | Callable[[FakeResource], Any]


@dataclass(frozen=True, slots=True)
class ResourceKind:
    """Outputs of one resource type: its id, its ARN, and outputs beyond those that any type fills."""

    id: Template
    arn: Template | None = None
    outputs: Mapping[str, Template] = field(default_factory=dict)


def regional(service: str, resource: str) -> str:
    """Template of an ARN with region and account."""
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


def accountwide(service: str, resource: str) -> str:
    """Template of an ARN with an account but no region (IAM, CloudFront)."""
    return f"arn:{{partition}}:{service}::{{account}}:{resource}"


def bare(service: str, resource: str) -> str:
    """Template of an ARN with neither region nor account (S3 buckets, Route 53)."""
    return f"arn:{{partition}}:{service}:::{resource}"


def evaluate(template: Template, thing: FakeResource) -> Any:
    """The value of a template for a resource."""
    return thing.fill(template) if isinstance(template, str) else template(thing)


def last_part(identifier: str, separator: str = "/") -> str:
    """The part after the last separator: the name in an ARN, or the text itself."""
    return identifier.rsplit(separator, 1)[-1]


@functools.cache
def _parts(template: str) -> tuple[str | tuple[str, str], ...]:
    parts: list[str | tuple[str, str]] = []
    end = 0
    for match in _FIELD.finditer(template):
        if match.start() > end:
            parts.append(template[end : match.start()])
        parts.append((match[1], match[2] or ""))
        end = match.end()
    if end < len(template):
        parts.append(template[end:])
    return tuple(parts)


def _characters(alphabet: str, length: int, seed: str) -> str:
    """`length` characters drawn from the alphabet by the digest of a seed (64 at most)."""
    number = int.from_bytes(hashlib.sha512(seed.encode()).digest(), "big")
    characters = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        characters.append(alphabet[digit])
    return "".join(characters)
