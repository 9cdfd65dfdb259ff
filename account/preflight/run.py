"""All checks side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from account.preflight.account import PARALLEL
from account.preflight.look import Check, Look, Subject, World
from account.preflight.verdict import NotKnown, ReportLine, unanswered
from devtools.console import Heartbeat

_BEAT_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A line, and the title of the check that it came from."""

    title: str
    line: ReportLine


def concerning(checks: Sequence[Check], subject: Subject) -> list[Check]:
    """The checks that apply to this stack."""
    return [check for check in checks if check.concerns(subject)]


def held(checks: Sequence[Check], subject: Subject, world: World, say: Callable[[str], None]) -> list[Finding]:
    """Findings of the checks, in their order; `say` gets lines of progress."""
    with ThreadPoolExecutor(PARALLEL) as pool:
        running: list[Future[Any]] = [pool.submit(lines_of, check, subject, world) for check in checks]
        status = lambda: f"{sum(future.done() for future in running)} of {len(running)} checks"  # noqa: E731
        with Heartbeat("preflight", status, _BEAT_SECONDS, say):
            lines = [future.result() for future in running]
    return [
        Finding(title=check.title, line=line)
        for check, of_check in zip(checks, lines, strict=True)
        for line in of_check
    ]


def lines_of(check: Check, subject: Subject, world: World) -> list[ReportLine]:
    """Report lines of one check."""
    try:
        return list(check.hold(Look(subject=subject, world=world, reads=check.reads)))
    except NotKnown as reason:
        return [unanswered(reason)]
