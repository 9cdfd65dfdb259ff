"""Result of a check: one line, its outcome, and the setting that fixes it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Outcome(enum.StrEnum):
    """Expected outcome of one resource at `pulumi up`, the worst first."""

    FAILS = "will fail"
    NOT_KNOWN = "not known"
    ADOPTED = "will be adopted"
    HOLDS = "holds"


class NotKnown(Exception):
    """The account didn't answer: denied, throttled, no response. One line with the reason."""

    def __init__(self, reason: str, code: str = "", called: str = "", remedy: str = "") -> None:
        super().__init__(" ".join(part for part in (called, reason, f"({code})" if code else "") if part))
        self.reason = reason
        """Without the call: the same for all that are denied."""
        self.code = code
        """AWS's own word for it, where it gave one."""
        self.called = called
        """The call that has no answer, as IAM names it; empty for what is no call of AWS."""
        self.remedy = remedy


@dataclass(frozen=True, kw_only=True)
class SettingChange:
    """A value for the stack's file, from the account, where the settings have none or another."""

    path: tuple[str, ...]
    """From the file's root: `("config", "saleday:quotas", "granted", "fargateVcpu")`."""
    value: float | str

    @property
    def setting(self) -> str:
        """Name in messages: `saleday:quotas.granted.fargateVcpu`."""
        return ".".join(self.path[1:])


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """One finding."""

    outcome: Outcome
    text: str
    remedy: str = ""
    """Remedy; empty where nothing has to be fixed."""
    changes: tuple[SettingChange, ...] = ()
    """Changes that `WRITE=1` writes."""
    free: int = 0
    """Number of free names; the text is their kind."""
    unknown: int = 0
    """Number of unknown results for the reason in `because`."""
    because: NotKnown | None = None


def fails(text: str, remedy: str, *changes: SettingChange) -> ReportLine:
    return ReportLine(outcome=Outcome.FAILS, text=text, remedy=remedy, changes=changes)


def adopted(text: str, remedy: str = "", *changes: SettingChange) -> ReportLine:
    return ReportLine(outcome=Outcome.ADOPTED, text=text, remedy=remedy, changes=changes)


def holds(text: str, *changes: SettingChange) -> ReportLine:
    return ReportLine(outcome=Outcome.HOLDS, text=text, changes=changes)


def free(kind: str, names: int) -> ReportLine:
    return ReportLine(outcome=Outcome.HOLDS, text=kind, free=names)


def not_known(text: str, remedy: str = "", *changes: SettingChange) -> ReportLine:
    return ReportLine(outcome=Outcome.NOT_KNOWN, text=text, remedy=remedy, changes=changes)


def unanswered(because: NotKnown, text: str = "", things: int = 1) -> ReportLine:
    """An unknown result for lack of an answer; lines with the same reason are merged."""
    return ReportLine(
        outcome=Outcome.NOT_KNOWN,
        text=f"{text}: {because}" if text else str(because),
        remedy=because.remedy,
        unknown=things,
        because=because,
    )
