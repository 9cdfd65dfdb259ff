"""A small evaluator of IAM conditions, and strangers to try it with.

It is written from the IAM User Guide's condition operators and global condition context keys, and shares nothing with
the pack: a policy is open if one of the requests that a stranger can make meets all of a statement's conditions.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

OWN = "123456789012"
ORG = "o-own1234567"
VPC, VPCE = "vpc-0a1b2c3d4e5f60718", "vpce-0a1b2c3d4e5f60718"
BUCKET = "shop-media"
THEIRS = "999988887777"

ARN_COLONS = 5

Request = Mapping[str, Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What a stranger's request may carry under a key."""

    shape: str
    """What values of the key look like."""
    own: str
    """Which of them are the owner's, and never a stranger's."""
    absent: bool = True
    """Whether there are requests of strangers that don't carry it."""
    usual: tuple[str, ...] = ()
    """Values that strangers have whatever the policy says."""


_ARN = r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:(?:\d{12})?:[\w/.+=,@-]+"
_OWN_ARN = rf"arn:aws:[a-z0-9-]+:[a-z0-9-]*:{OWN}:.*|arn:aws:s3:::{BUCKET}"
# A service's resource has an account in its ARN, but for a bucket.
_SOURCE = r"arn:aws:(?!s3:)[a-z0-9-]+:[a-z0-9-]*:\d{12}:[\w/.+=,@-]+|arn:aws:s3:::[a-z0-9.-]+"
CHOICES = {
    "aws:principalaccount": Choice(shape=r"\d{12}|anonymous", own=OWN, usual=(THEIRS, "anonymous")),
    "aws:sourceaccount": Choice(shape=r"\d{12}", own=OWN, usual=(THEIRS,)),
    "aws:vpceaccount": Choice(shape=r"\d{12}", own=OWN, usual=(THEIRS,)),
    "kms:calleraccount": Choice(shape=r"\d{12}", own=OWN, usual=(THEIRS,)),
    "aws:principalarn": Choice(
        shape=r"arn:aws:iam::\d{12}:(?:role|user)/[\w/+=,.@-]+", own=_OWN_ARN, usual=(f"arn:aws:iam::{THEIRS}:role/x",)
    ),
    "aws:sourcearn": Choice(shape=_SOURCE, own=_OWN_ARN, usual=(f"arn:aws:events:ap-south-1:{THEIRS}:rule/x",)),
    "aws:sourcevpcarn": Choice(
        shape=r"arn:aws:ec2:[a-z0-9-]+:\d{12}:vpc/vpc-[0-9a-f]{17}",
        own=_OWN_ARN,
        usual=(f"arn:aws:ec2:ap-south-1:{THEIRS}:vpc/{VPC}",),
    ),
    "s3:dataaccesspointarn": Choice(
        shape=r"arn:aws:s3:[a-z0-9-]+:\d{12}:accesspoint/[a-z0-9-]+",
        own=_OWN_ARN,
        usual=(f"arn:aws:s3:ap-south-1:{THEIRS}:accesspoint/x",),
    ),
    "s3:dataaccesspointaccount": Choice(shape=r"\d{12}", own=OWN, usual=(THEIRS,)),
    "aws:principalorgid": Choice(shape=r"o-[a-z0-9]{10}", own=ORG, usual=("o-theirs1234",)),
    "aws:sourceorgid": Choice(shape=r"o-[a-z0-9]{10}", own=ORG, usual=("o-theirs1234",)),
    "aws:principalorgpaths": Choice(
        shape=r"o-[a-z0-9]{10}/r-[a-z0-9]{4}/(?:ou-[a-z0-9-]+/)*", own=rf"{ORG}/.*", usual=("o-theirs1234/r-ab12/",)
    ),
    "aws:sourcevpc": Choice(shape=r"vpc-[0-9a-f]{17}", own=VPC, usual=("vpc-09999999999999999",)),
    "aws:sourcevpce": Choice(shape=r"vpce-[0-9a-f]{17}", own=VPCE, usual=("vpce-09999999999999999",)),
    "aws:sourceip": Choice(shape=r"[\d.]+", own=r"203\.0\.113\..*", usual=("198.51.100.7", "8.8.8.8", "190.1.1.1")),
    "aws:vpcsourceip": Choice(shape=r"[\d.]+", own=r"(?!)", usual=("10.0.0.7", "192.168.1.1", "203.0.113.9")),
    "aws:userid": Choice(shape=r"A[A-Z0-9]{6,20}(?::[\w+=,.@-]+)?", own=r"AROAOWNROLE1.*", usual=("AROATHEIRS12:me",)),
    # The caller's own choice.
    "sts:externalid": Choice(shape=r".*", own=r"(?!)", usual=("shop-4711", "other")),
    "aws:useragent": Choice(shape=r".*", own=r"(?!)", usual=("me",)),
    "aws:principaltag/team": Choice(shape=r".*", own=r"(?!)", usual=("shop", "other")),
    "kms:encryptioncontext:app": Choice(shape=r".*", own=r"(?!)", usual=("shop", "other")),
    "kms:viaservice": Choice(
        shape=r".*", own=r"(?!)", usual=("s3.ap-south-1.amazonaws.com", "sqs.ap-south-1.amazonaws.com")
    ),
    "kms:grantisforawsresource": Choice(shape=r"true|false", own=r"(?!)", usual=("true", "false")),
    "sns:endpoint": Choice(shape=r".*", own=r"(?!)", usual=("me@shop.example", "me@evil.example")),
    "aws:username": Choice(shape=r"[\w+=,.@-]+", own=r"(?!)", usual=("deploy",)),
    "aws:securetransport": Choice(shape=r"true|false", own=r"(?!)", absent=False, usual=("true",)),
}
_OWNERS = {"aws:resourceaccount": OWN, "aws:resourceorgid": ORG}
_FILLINGS = (
    "",
    "x",
    "0",
    THEIRS,
    *(THEIRS[-length:] for length in (6, 11)),
    "theirs1234",
    "theirs1",
    f"events:ap-south-1:{THEIRS}:rule/x",
    "0a1b2c3d4e5f60719",
    "0a1b2c3d4e5f6",
    "evil/r-ab12/",
    "theirs1/r-ab12/",
)


def open_to_strangers(conditions: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a stranger can make a request that meets all the conditions."""
    return any(holds(conditions, request) for request in requests(conditions))


def refused_to_strangers(allowed: Mapping[str, Any], denials: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every stranger's request that meets the conditions of a permission meets those of a denial."""
    both: dict[str, dict[str, Any]] = {}
    for number, conditions in enumerate((allowed, *denials)):
        for operator, keys in conditions.items():
            both.setdefault(f"{operator}#{number}", {}).update(keys)
    return not any(
        holds(allowed, request) and not any(holds(denial, request) for denial in denials) for request in requests(both)
    )


def requests(conditions: Mapping[str, Mapping[str, Any]]) -> Iterator[Request]:
    """What strangers may ask with, as far as the conditions can tell one request from another."""
    patterns: dict[str, list[str]] = {}
    for keys in conditions.values():
        for key, values in keys.items():
            patterns.setdefault(key.lower(), []).extend(map(str, values if isinstance(values, list) else [values]))
            for value in patterns[key.lower()]:
                for name in re.findall(r"\$\{([^}]+)\}", value):
                    if name.lower() in CHOICES:
                        patterns.setdefault(name.lower(), [])
    options = [[(key, value) for value in _choices(key, found)] for key, found in patterns.items()]
    for combination in itertools.product(*options):
        yield {**{key: (value,) for key, value in combination if value is not None}, **_owner()}


def _owner() -> dict[str, tuple[str, ...]]:
    return {key: (value,) for key, value in _OWNERS.items()}


def _choices(key: str, patterns: Sequence[str]) -> list[str | None]:
    if key in _OWNERS:
        return [_OWNERS[key]]
    choice = CHOICES[key]
    found = set(choice.usual)
    for pattern in patterns:
        parts = re.split(r"[*?]|\$\{[^}]*\}", pattern)
        for filling in itertools.product(_FILLINGS, repeat=min(len(parts) - 1, 2)):
            filled = itertools.chain(filling, itertools.repeat("x"))
            found.add(
                "".join(part + (next(filled) if index < len(parts) - 1 else "") for index, part in enumerate(parts))
            )
    theirs = [value for value in found if re.fullmatch(choice.shape, value) and not re.fullmatch(choice.own, value)]
    return [*sorted(theirs), *([None] if choice.absent else [])]


def holds(conditions: Mapping[str, Mapping[str, Any]], request: Request) -> bool:
    """Whether a request meets a Condition element."""
    return all(
        _holds(
            operator.lower(), request.get(key.lower(), ()), values if isinstance(values, list) else [values], request
        )
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _holds(operator: str, asked: Sequence[str], values: Sequence[Any], request: Request) -> bool:
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    quantifier, _, name = operator.rpartition(":")
    if name == "null":
        return (not asked) in [text == "true" for text in texts]
    if_exists = name.endswith("ifexists")
    name = name.removesuffix("ifexists")
    negated = "not" in name
    name = name.replace("not", "")
    if not asked:
        return quantifier == "forallvalues" or if_exists or (negated and quantifier != "foranyvalue")

    def one(value: str) -> bool:
        return any(_equal(name, value, text, request) for text in texts) is not negated

    return any(map(one, asked)) if quantifier == "foranyvalue" else all(map(one, asked))


def _equal(name: str, value: str, text: str, request: Request) -> bool:
    if name == "ipaddress":
        return ipaddress.ip_address(value) in ipaddress.ip_network(text, strict=False)
    expression = ""
    for part in re.split(r"(\$\{[^}]*\}|[*?])", text):
        if part.startswith("${"):
            found = request.get(part[2:-1].lower())
            if not found:
                return False
            expression += re.escape(found[0])
        elif part in ("*", "?") and name in ("stringlike", "arnlike", "arnequals"):
            # In an ARN a wildcard stays within its part.
            wide = "." if name == "stringlike" or text.count(":") < ARN_COLONS else "[^:]"
            expression += wide + ("*" if part == "*" else "")
        else:
            expression += re.escape(part)
    if name in ("arnlike", "arnequals") and text.count(":") >= ARN_COLONS:
        head, tail = expression.rsplit(":", 1) if text.count(":") == ARN_COLONS else (expression, "")
        expression = f"{head}:{tail.replace('[^:]*', '.*')}" if tail else head
    flags = re.IGNORECASE if name in ("stringequalsignorecase", "bool") else 0
    return re.fullmatch(expression, value, flags) is not None
