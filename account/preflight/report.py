"""Report of the findings as text or JSON."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from account.preflight.run import Finding
from account.preflight.verdict import NotKnown, Outcome, ReportLine
from settings.stack_file import BadInput

WIDTH: Final = 80
_INDENT: Final = "  "
_ARROW: Final = "→ "


def of_format(name: str) -> Callable[[str, str, str, Sequence[Finding]], str]:
    """The formatter of this name. Raises BadInput for an unknown format."""
    shown = {"": text, "text": text, "json": as_json}.get(name)
    if shown is None:
        raise BadInput(f"FORMAT: has to be text or json (got {name}); leave it out for text")
    return shown


def text(stack: str, account: str, region: str, findings: Sequence[Finding]) -> str:
    """The report: what fails first, what holds folded."""
    counts = ", ".join(f"{count(findings, outcome)} {outcome}" for outcome in Outcome).removesuffix("s")
    lines = [*_wrapped(f"{stack} in account {account}, {region}: {counts}", "")]
    for outcome in Outcome:
        of_outcome = [finding for finding in findings if finding.line.outcome is outcome]
        if of_outcome:
            shown = _folded if outcome is Outcome.HOLDS else _in_full
            lines += ["", str(outcome), *shown(of_outcome)]
    return "\n".join(lines)


def as_json(stack: str, account: str, region: str, findings: Sequence[Finding]) -> str:
    """The same for machines: every line in full."""
    lines = [{"about": finding.title, **_told(finding.line)} for finding in findings]
    counts = {str(outcome): count(findings, outcome) for outcome in Outcome}
    return json.dumps(
        {"stack": stack, "account": account, "region": region, "counts": counts, "lines": lines}, indent=2
    )


def _told(line: ReportLine) -> dict[str, Any]:
    said = asdict(replace(line, because=None))
    return {key: value for key, value in said.items() if value}


def count(findings: Sequence[Finding], outcome: Outcome) -> int:
    return sum(finding.line.outcome is outcome for finding in findings)


def _in_full(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in _gathered(findings):
        yield from _wrapped(f"{finding.title}: {finding.line.text}", _INDENT)
        if finding.line.remedy:
            yield from _wrapped(_ARROW + finding.line.remedy, _INDENT * 2, len(_ARROW))


def _gathered(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings, with one in the place of all that are unanswered for one reason."""
    alike: dict[object, list[Finding]] = {}
    for finding in findings:
        because = finding.line.because
        key = (finding.title, because.reason) if because else id(finding)
        alike.setdefault(key, []).append(finding)
    for first, *others in alike.values():
        yield replace(first, line=_together([one.line for one in (first, *others)])) if others else first


def _together(lines: Sequence[ReportLine]) -> ReportLine:
    reasons = [line.because for line in lines if line.because]
    calls = ", ".join(sorted({reason.called for reason in reasons if reason.called}))
    codes = ", ".join(sorted({reason.code for reason in reasons if reason.code}))
    why = NotKnown(reasons[0].reason, codes, calls)
    return replace(lines[0], text=f"{sum(line.unknown for line in lines)} things: {why}")


def _folded(findings: Sequence[Finding]) -> Iterator[str]:
    """A paragraph a title; kinds of names that are free are counted in one."""
    for title in dict.fromkeys(finding.title for finding in findings):
        lines = [finding.line for finding in findings if finding.title == title]
        said = [line.text for line in lines if not line.free]
        free = Counter[str]()
        for line in lines:
            free[line.text] += line.free
        if free.total():
            of_kinds = ", ".join(f"{kind} {names}" for kind, names in free.items() if names)
            said.append(f"{free.total()} names are free: {of_kinds}")
        yield from _wrapped(f"{title}: {'; '.join(said)}", _INDENT)


def _wrapped(paragraph: str, indent: str, hanging: int = 2) -> list[str]:
    return textwrap.wrap(
        paragraph,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + " " * hanging,
        break_on_hyphens=False,
        break_long_words=False,
    )
