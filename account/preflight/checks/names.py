"""The stack's physical names that are taken, and their owners."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

import jmespath

from account.preflight.kinds import KINDS, NamedKind
from account.preflight.look import TAGGED, Check, Look, Subject, owns
from account.preflight.reads import read
from account.preflight.verdict import NotKnown, ReportLine, adopted, fails, free, holds, unanswered

TITLE: Final = "names"
_BUCKET: Final = "aws:s3/bucket:Bucket"
_OWN_BUCKETS: Final = read("s3", "list_buckets", "s3:ListAllMyBuckets", "Buckets[].Name")
_ANY_BUCKET: Final = read(
    "s3", "head_bucket", "s3:ListBucket", "ResponseMetadata.HTTPStatusCode", "404", "NoSuchBucket"
)
_TOLD: Final = 3  # names in one line, and how many more there are
_ELSEWHERE: Final = frozenset({"403", "301"})
"""S3's status codes for a bucket that another account owns, here or in another region."""


def checks() -> Iterator[Check]:
    for kind in KINDS:
        reads = (kind.read, TAGGED, *((kind.tags,) if kind.tags else ()))
        yield Check(title=TITLE, hold=partial(_names, kind), reads=reads, concerns=partial(_wanted, kind))
    yield Check(title=TITLE, hold=_buckets, reads=(_OWN_BUCKETS, _ANY_BUCKET, TAGGED), concerns=_bucket_names)


def _wanted(kind: NamedKind, subject: Subject) -> list[str]:
    """The names of this kind in the stack."""
    of_kind = (
        one for one in subject.of(kind.token) if kind.where is None or one.inputs.get(kind.where[0]) == kind.where[1]
    )
    return sorted({name for one in of_kind if (name := jmespath.search(kind.prop, one.inputs))})


def _names(kind: NamedKind, look: Look) -> Iterable[ReportLine]:
    regions: dict[str, list[str]] = defaultdict(list)
    wanted = set(_wanted(kind, look.subject))
    for resource in look.subject.of(kind.token):
        name = jmespath.search(kind.prop, resource.inputs)
        if name in wanted and name not in regions[region := kind.region or look.region_of(resource)]:
            regions[region].append(name)
    for region, names in sorted(regions.items()):
        try:
            yield from _in_region(kind, look, region, sorted(names))
        except NotKnown as reason:
            yield unanswered(reason, f"whether the names of {len(names)} {kind.title} are free", len(names))


def _in_region(kind: NamedKind, look: Look, region: str, names: Sequence[str]) -> Iterator[ReportLine]:
    stems = (f"{look.shop.project}-{look.shop.stack}", f"{look.shop.project}/{look.shop.stack}")
    fixed = {"AccountId": look.account_id} if kind.read.service == "budgets" else {}
    listed = [name for asked in kind.asked(names, stems) for name in look.ask(kind.read, region, **asked, **fixed)]
    pairs = [one if isinstance(one, list) else (one, "") for one in listed]
    taken = {name.rpartition("/")[2].rpartition(":")[2] if kind.tail else name: arn for name, arn in pairs}
    there = {name: taken[name] for name in names if name in taken}
    if kind.kept:
        if there:
            yield fails(f"{_told(list(there))}: there are such {kind.title}", kind.kept)
        return
    yield from _judged(kind, names, list(there), _own(kind, look, region, there))


def _own(kind: NamedKind, look: Look, region: str, there: Mapping[str, str]) -> set[str] | NotKnown:
    """The existing names (with ARNs if listed) that the stack itself owns; NotKnown if that can't be determined."""
    if not there:
        return set()
    try:
        if kind.tags:
            mine = [["Project", look.shop.project], ["Stack", look.shop.stack]]
            return {name for name in there if all(tag in _tags(kind, look, name) for tag in mine)}
        if kind.tagged:
            arns = {arn for arn in look.owned(region) if arn.split(":")[2] == kind.read.action.partition(":")[0]}
            return {name for name, arn in there.items() if (arn in arns if arn else owns(arns, name))}
        return set(there) if look.stands() else set()
    except NotKnown as reason:
        return reason


def _tags(kind: NamedKind, look: Look, name: str) -> list[list[str]]:
    assert kind.tags is not None
    return look.ask(kind.tags, RoleName=name)


def _judged(
    kind: NamedKind, names: Sequence[str], there: Sequence[str], own: set[str] | NotKnown
) -> Iterator[ReportLine]:
    if left := len(names) - len(there):
        yield free(kind.title, left)
    if isinstance(own, NotKnown):
        yield unanswered(own, f"whose the {kind.title} {_told(there)} are, which are there already", len(there))
        return
    if own:
        yield holds(f"{len(own)} {kind.title} are the stack's own")
    if strange := [name for name in there if name not in own]:
        yield _strange(kind, strange)


def _strange(kind: NamedKind, names: Sequence[str]) -> ReportLine:
    what = f"{_told(names)}: there are such {kind.title} already, and they are not this stack's"
    if kind.overwritten:
        return adopted(f"{what}; they are overwritten", "rename them if they belong to something else")
    return fails(
        what, f"delete or rename them, import them (`pulumi import {kind.token} …`), or name the stack otherwise"
    )


def _told(names: Sequence[str]) -> str:
    more = len(names) - _TOLD
    return ", ".join(names[:_TOLD]) + (f" and {more} more" if more > 0 else "")


def _bucket_names(subject: Subject) -> list[str]:
    return sorted({name for one in subject.of(_BUCKET) if (name := one.inputs.get("bucket"))})


def _buckets(look: Look) -> Iterator[ReportLine]:
    """Buckets' names are unique in all of AWS."""
    names = _bucket_names(look.subject)
    kind = NamedKind(title="buckets", token=_BUCKET, prop="bucket", read=_OWN_BUCKETS, asked=lambda *_: [])
    own = {name for name in look.ask(_OWN_BUCKETS) if name in names}
    elsewhere: list[str] = []
    unknown: dict[str, NotKnown] = {}
    for name in sorted(set(names) - own):
        try:
            if look.ask(_ANY_BUCKET, Bucket=name):
                elsewhere.append(name)
        except NotKnown as reason:
            if reason.code in _ELSEWHERE:
                elsewhere.append(name)
            else:
                unknown[name] = reason
    held = sorted(own)
    others = [name for name in names if name not in elsewhere and name not in unknown]
    yield from _judged(kind, others, held, _own(kind, look, "", dict.fromkeys(held, "")))
    if elsewhere:
        yield fails(
            f"{_told(elsewhere)}: another account has buckets of these names", "name the project or the stack otherwise"
        )
    for name, reason in unknown.items():
        yield unanswered(reason, f"whether {name} is free")
