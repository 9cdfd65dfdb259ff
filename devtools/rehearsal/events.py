"""Events of the engine, collected into the facts of one operation.

The Automation API's own event classes leave out which policies passed, so the events are read as the engine sends them:
the JSON of https://pkg.go.dev/github.com/pulumi/pulumi/sdk/v3/go/common/apitype#EngineEvent.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

UNCHANGED = frozenset({"same", "read", "refresh"})
"""Operations without a change."""

PROGRAM_ENDED = "an unhandled error occurred:"

SECRET_KEY = "4dabf18193072939515e22adb298388d"
"""Signature of a secret in the wire format of properties; the engine has removed its value from events."""

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Placeholder in a preview for an output that only `up` will know."""

STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_PREFIX = "pulumi:providers:"


@dataclass(frozen=True, kw_only=True)
class EngineResource:
    """One resource of the stack as the engine registered it."""

    urn: str
    type: str
    parent: str
    tier: str | None
    """Its `Tier` tag, if it carries one."""

    custom: bool
    """Whether a provider makes it; False for a component, which only groups others."""

    protected: bool
    """Whether Pulumi itself refuses to delete it."""

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is done to one resource."""

    operation: str
    differing: tuple[str, ...] = ()
    """Paths of the properties that differ, sorted."""

    causes: tuple[str, ...] = ()
    """Those of them for which it is replaced."""

    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    """Its inputs, secret ones blinded by the engine."""

    @property
    def replaces(self) -> bool:
        """Whether the resource that there is goes and another comes."""
        return "replace" in self.operation

    def __str__(self) -> str:
        return self.operation + (f" ({', '.join(self.differing)})" if self.differing else "")


def _change(step: Mapping[str, Any]) -> Change:
    detailed: Mapping[str, Any] = step.get("detailedDiff") or {}
    causes = [path for path, one in detailed.items() if str(one.get("diffKind", "")).endswith("replace")]
    return Change(
        operation="replace" if step["op"] == "create-replacement" else step["op"],
        differing=tuple(sorted(detailed or step.get("diffs") or ())),
        causes=tuple(sorted(causes or step.get("keys") or ())),
        old=(step.get("old") or {}).get("inputs") or {},
        new=(step.get("new") or {}).get("inputs") or {},
    )


@dataclass(frozen=True, kw_only=True)
class PolicyViolation:
    """One policy violated by one resource, or by the stack as a whole."""

    policy: str
    mandatory: bool
    resource: str
    """The resource's URN; empty where the policy judges the whole stack."""

    message: str


@dataclass
class Record:
    """Everything worth keeping of one operation's events. Filled by another thread than the one that reads it."""

    resources: dict[str, EngineResource] = field(default_factory=dict)
    """By URN, in the order of registration."""

    changed: dict[str, Change] = field(default_factory=dict)
    """URN to what is done to it."""

    changes: Counter[str] = field(default_factory=Counter)
    """Resources by operation (create, same, …), as counted by the engine."""

    done: int = 0
    """Resources that the engine has finished with so far."""

    policies: set[str] = field(default_factory=set)
    """Names of the policies that were evaluated."""

    violations: list[PolicyViolation] = field(default_factory=list)
    packs: dict[str, str] = field(default_factory=dict)
    """Policy packs in force and their versions."""

    outputs: dict[str, Any] = field(default_factory=dict)
    """The stack's outputs; the engine blinds the secret ones itself."""

    ended: bool = False
    """Whether the engine has summed up what it did, which is the last thing that it does."""

    cut: bool = False
    """Whether a line of the event log was no event: what the engine did is not known in whole."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def read(self, line: bytes) -> None:
        """Take in one line of the event log."""
        try:
            event = json.loads(line)
        except ValueError:
            self.cut = True
        else:
            self.add(event)

    def add(self, event: dict[str, Any]) -> None:
        """Take in one event."""
        for kind, payload in event.items():
            handle = _HANDLERS.get(kind)
            if handle is not None and payload is not None:
                handle(self, payload)

    def _pre(self, event: dict[str, Any]) -> None:
        step = event["metadata"]
        state = step.get("new") or step.get("old") or {}
        urn, kind = step["urn"], step["type"]
        if kind != STACK_TYPE and not kind.startswith(PROVIDER_PREFIX):
            inputs = state.get("inputs") or {}
            tags = inputs.get("tags")
            self.resources[urn] = EngineResource(
                urn=urn,
                type=kind,
                parent=state.get("parent") or "",
                tier=tags.get("Tier") if isinstance(tags, dict) else None,
                custom=bool(state.get("custom")),
                protected=bool(state.get("protect")),
            )
        if step["op"] not in UNCHANGED:
            change = _change(step)
            known = self.changed.get(urn)
            # A replacement is three steps, the deletion of the old one last or first.
            if known is None or not known.replaces or change.causes:
                self.changed[urn] = change

    def _outputs(self, event: dict[str, Any]) -> None:
        step = event["metadata"]
        self.done += 1
        if step["type"] == STACK_TYPE and step.get("new"):
            self.outputs = {name: _shown(value) for name, value in (step["new"].get("outputs") or {}).items()}

    def _policy(self, event: dict[str, Any]) -> None:
        self.violations.append(
            PolicyViolation(
                policy=event["policyName"],
                mandatory=event.get("enforcementLevel") == "mandatory",
                resource=event.get("resourceUrn") or "",
                message=event["message"].partition("\n")[2].strip() or event["message"].strip(),
            )
        )

    def _judged(self, event: dict[str, Any]) -> None:
        self.policies.update(event.get("passed") or ())
        self.policies.update(event.get("failed") or ())

    def _diagnostic(self, event: dict[str, Any]) -> None:
        if event.get("ephemeral"):
            return
        kept = {"error": self.errors, "warning": self.warnings}.get(event.get("severity", ""))
        message = event["message"].strip()
        # A program's error comes twice: as the program put it, and again as the reason why the operation ends.
        echo = message.removeprefix(PROGRAM_ENDED).strip()
        if kept is not None and message and echo not in kept:
            kept.append(echo)

    def _failure(self, event: dict[str, Any]) -> None:
        message = event["error"].strip()
        if message not in self.errors:
            self.errors.append(message)

    def _summary(self, event: dict[str, Any]) -> None:
        self.ended = True
        self.changes.update({op: count for op, count in (event.get("resourceChanges") or {}).items() if count})
        # A pack from a folder calls itself `name|local|folder`.
        self.packs = {name.partition("|")[0]: version for name, version in (event.get("PolicyPacks") or {}).items()}


_HANDLERS = {
    "resourcePreEvent": Record._pre,
    "resOutputsEvent": Record._outputs,
    "policyEvent": Record._policy,
    "policyAnalyzeSummaryEvent": Record._judged,
    "policyAnalyzeStackSummaryEvent": Record._judged,
    "diagnosticEvent": Record._diagnostic,
    "errorEvent": Record._failure,
    "summaryEvent": Record._summary,
}


def short_type(token: str) -> str:
    """`aws:ec2/subnet:Subnet` as `ec2.Subnet`, the way a program writes it."""
    package, _, rest = token.partition(":")
    module = rest.partition("/")[0].partition(":")[0]
    name = token.rpartition(":")[2]
    return f"{module}.{name}" if package == "aws" else f"{package}.{module}.{name}"


def _shown(value: Any) -> Any:
    """An output as it may be shown: secrets as `[secret]`, what a preview can't know as `[unknown]`."""
    if isinstance(value, dict):
        return "[secret]" if SECRET_KEY in value else {name: _shown(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shown(inner) for inner in value]
    return "[unknown]" if value == UNKNOWN else value
