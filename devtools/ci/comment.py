"""`python -m devtools.ci.comment --stack NAME EVENTS`: a preview's findings, as Markdown for a pull request.

EVENTS is what `pulumi preview --event-log EVENTS` wrote. Unlike the engine's own output, the comment holds every policy
that was violated, advisory ones included, before the list of changes.
"""

from __future__ import annotations

import argparse
import html
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from devtools.rehearsal.events import PolicyViolation, Record, short_type
from devtools.rehearsal.report import violations_of

MAX_COMMENT = 30_000
"""Characters of one stack's part: GitHub takes 65,536 for a comment, which holds two."""
MARKER = "<!-- saleday-preview -->"
"""First line of the comment, by which the next run finds it."""

_SHOWN = ("create", "update", "replace", "delete")
"""Operations in the order of the summary; the steps of a replacement count as one."""
_COUNTED_APART = frozenset({"same", "read", "refresh", "create-replacement", "delete-replaced"})


def read(path: Path) -> Record:
    """The events of one file, one a line. A line that a killed engine has left unfinished is skipped."""
    record = Record()
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            continue
        record.add(event)
    return record


def render(stack: str, record: Record, *, failed: bool) -> str:
    """The part of the comment that is about one stack."""
    parts = [f"## Preview of {stack}", "", verdict(record, failed=failed), ""]
    blocking, advising = violations_of(record)
    if blocking:
        parts += ["### Policies that block", "", *_table(blocking), ""]
    if advising:
        parts += ["### Policy warnings", "", *_table(advising), ""]
    if record.errors:
        parts += ["### Errors", "", *(f"- {_text(error)}" for error in record.errors), ""]
    if record.warnings:
        parts += ["### Warnings", "", *(f"- {_text(warning)}" for warning in record.warnings), ""]
    changes = [f"- {change}: `{_code(short(urn))}`" for urn, change in record.changed.items()]
    if changes:
        parts += ["<details><summary>Changes</summary>", "", *changes, "", "</details>", ""]
    return _within(parts)


def verdict(record: Record, *, failed: bool) -> str:
    """One line: whether the preview succeeded, its changes, and the policy results."""
    blocking, advising = violations_of(record)
    counts = [f"{record.changes[operation]} to {operation}" for operation in _SHOWN if record.changes[operation]]
    others = sorted(set(record.changes) - _COUNTED_APART - set(_SHOWN))
    counts += [f"{record.changes[operation]} to {operation}" for operation in others]
    what = ", ".join(counts) or "no changes"
    if failed:
        what = f"**failed**; {what}" if counts else "**failed**"
    judged = f"{len(record.policies)} policies judged, {len(blocking)} violated, {_many(len(advising), 'warning')}"
    return f"{what}. {judged if record.policies else '**No policy has judged anything.**'}"


def short(urn: str) -> str:
    """`ecs.Service services-cart-service`: type and name of a resource."""
    kind, _, name = urn.partition("::")[2].partition("::")[2].rpartition("::")
    return f"{short_type(kind.rpartition('$')[2])} {name}" if kind else urn


def _table(violations: Iterable[PolicyViolation]) -> Iterator[str]:
    yield "| policy | resource | what |"
    yield "|---|---|---|"
    for one in violations:
        resource = f"`{_code(short(one.resource))}`" if one.resource else "the stack"
        yield f"| {_text(one.policy)} | {resource} | {_text(one.message)} |"


def _text(value: str) -> str:
    """Text that stays text: on one line, without markup, cells of a table, mentions or links to other issues."""
    escaped = html.escape(" ".join(value.split()), quote=False)
    for sign in "\\`*_[]|~":
        escaped = escaped.replace(sign, f"\\{sign}")
    return escaped.replace("@", "@<!-- -->").replace("#", "#<!-- -->")


def _code(value: str) -> str:
    """Text between backticks."""
    return " ".join(value.split()).replace("`", "'").replace("|", "\\|")


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _within(parts: list[str]) -> str:
    """The parts as text within GitHub's size limit; what is omitted comes last anyway and is counted."""
    kept, size = [], 0
    for index, part in enumerate(parts):
        size += len(part) + 1
        if size > MAX_COMMENT:
            open_details = any("<details>" in one for one in kept)
            end = ["", "</details>"] if open_details else []
            return "\n".join([*kept, f"- … and {_many(len(parts) - index, 'more line')}; see the job's log", *end, ""])
        kept.append(part)
    return "\n".join(kept)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="devtools.ci.comment", description=__doc__)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--failed", action="store_true", help="the preview ended with an error")
    parser.add_argument("events", type=Path)
    options = parser.parse_args(arguments)
    sys.stdout.write(render(options.stack, read(options.events), failed=options.failed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
