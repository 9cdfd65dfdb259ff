"""Asks the pack as the engine does: through the SDK's servicer, with properties in the engine's own encoding."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, proxy
from pulumi_policy import policy as sdk

from policy.pack.judge import Judge
from policy.pack.policies import policies
from policy.pack.registry import BY_NAME
from policy.pack.resource import Resource
from policy.pack.servicer import OnePassServicer
from policy.pack.values import plain
from policy.pack.waivers import Waivers, parse

PLAIN_SERVICER = sdk._PolicyAnalyzerServicer
ONE_PASS_SERVICER = OnePassServicer

NO_CONTEXT: Any = None
"""A call's gRPC context, which no rule needs."""

UNKNOWN = proxy.UNKNOWN_STRING_VALUE
TODAY = datetime.date(2026, 11, 1)
ACCOUNT = "111122223333"
REGION = "ap-south-1"


def secret(value: Any) -> dict[str, Any]:
    """A secret in the engine's encoding."""
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": value}


@dataclass(frozen=True)
class It:
    """A resource of a test: its type, name and properties, and what each property was computed from, by name."""

    token: str
    name: str
    props: Mapping[str, Any] = field(default_factory=dict)
    links: Mapping[str, Sequence[str]] = field(default_factory=dict)
    inputs: Mapping[str, Any] | None = None
    """What the program asked for, where it differs from what came out."""
    within: str = ""
    """Types of what it is a child of, as its URN has them: `other:index:Keys$`."""

    def but(self, *without: str, **props: Any) -> It:
        """The same resource with properties changed or dropped."""
        kept = {key: value for key, value in self.props.items() if key not in without}
        return replace(self, props={**kept, **props}, links={k: v for k, v in self.links.items() if k not in without})

    def linking(self, **links: Sequence[str]) -> It:
        return replace(self, links={**self.links, **links})

    def urn(self, stack: str) -> str:
        return f"urn:pulumi:{stack}::shop::{self.within}{self.token}::{self.name}"


@dataclass(frozen=True)
class Verdict:
    """What the engine would be told: blocking or advisory violations, and what is not decided yet."""

    violations: tuple[tuple[str, str], ...]
    undecided: tuple[str, ...]

    @property
    def messages(self) -> list[str]:
        return [message for _, message in self.violations]


def ask(
    rule: str,
    *resources: It,
    stack: str = "prod",
    config: Mapping[str, Any] | None = None,
    waivers: Iterable[Mapping[str, Any]] = (),
    preview: bool = True,
    servicer: Any = ONE_PASS_SERVICER,
) -> Verdict:
    """Judges a stack of `resources` by one rule, before the operations and after them."""
    return ask_all(
        [rule],
        *resources,
        stack=stack,
        config={rule: config or {}},
        waivers=waivers,
        preview=preview,
        servicer=servicer,
    )


def ask_all(
    rules: Iterable[str],
    *resources: It,
    stack: str = "prod",
    config: Mapping[str, Mapping[str, Any]] | None = None,
    waivers: Iterable[Mapping[str, Any]] = (),
    preview: bool = True,
    servicer: Any = ONE_PASS_SERVICER,
) -> Verdict:
    judge = Judge(waivers=parse([dict(waiver) for waiver in waivers], BY_NAME, TODAY) if waivers else Waivers())
    chosen = [BY_NAME[rule] for rule in rules]
    served = servicer("pack", "1.0.0", policies(chosen, judge), EnforcementLevel.MANDATORY)
    served.Configure(_configuration(config or {}, chosen), _Refusing())
    served.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack=stack, dry_run=preview), NO_CONTEXT)
    judge.preview = preview
    judge.inputs.update((it.urn(stack), _asked(it, stack)) for it in resources if it.inputs is not None)
    diagnostics = [one for it in resources for one in served.Analyze(request(it, stack), NO_CONTEXT).diagnostics]
    diagnostics += served.AnalyzeStack(stack_request(resources, stack), NO_CONTEXT).diagnostics
    undecided = [item.message for item in diagnostics if "not known yet" in item.message]
    violations = [(item.policyName, item.message) for item in diagnostics if "not known yet" not in item.message]
    return Verdict(tuple(violations), tuple(undecided))


def waiver(rule: str, urn: str, expires: str = "2026-12-31") -> dict[str, str]:
    return {"rule": rule, "urn": urn, "reason": "tested", "owner": "platform", "ticket": "OPS-1", "expires": expires}


def waivers_for(rule: str, *resources: It, stack: str, expires: str = "2026-12-31") -> list[dict[str, str]]:
    """A waiver for each of the resources, and one for the stack itself."""
    urns = {it.urn(stack) for it in (It("pulumi:pulumi:Stack", f"shop-{stack}"), *resources)}
    return [waiver(rule, re.sub(r"[\[\]*?]", "?", urn), expires) for urn in sorted(urns)]


class _Refusing:
    def abort(self, code: Any, details: str) -> None:
        raise ValueError(details)


def _struct(props: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(props), struct_pb2.Struct())


def _asked(it: It, stack: str) -> Any:
    return Resource(it.token, it.name, plain(dict(it.inputs or {})), urn=it.urn(stack))


def request(it: It, stack: str) -> proto.AnalyzeRequest:
    """What the engine sends before it operates on a resource."""
    asked = it.props if it.inputs is None else it.inputs
    message = proto.AnalyzeRequest(type=it.token, name=it.name, urn=it.urn(stack), properties=_struct(asked))
    message.provider.CopyFrom(_provider(stack))
    return message


def stack_request(resources: Sequence[It], stack: str) -> proto.AnalyzeStackRequest:
    """What the engine sends after the last step."""
    urns = {it.name: it.urn(stack) for it in resources}
    request = proto.AnalyzeStackRequest()
    root = It("pulumi:pulumi:Stack", f"shop-{stack}")
    for it in (root, *resources):
        message = request.resources.add(type=it.token, name=it.name, urn=it.urn(stack), properties=_struct(it.props))
        message.provider.CopyFrom(_provider(stack))
        for path, names in it.links.items():
            targets = [urns[name] for name in names if name in urns]
            message.propertyDependencies[path].urns.extend(targets)
            message.dependencies.extend(targets)
    return request


def _provider(stack: str) -> proto.AnalyzerProviderResource:
    it = It("pulumi:providers:aws", "aws", {"region": REGION})
    return proto.AnalyzerProviderResource(type=it.token, name=it.name, urn=it.urn(stack), properties=_struct(it.props))


def _configuration(config: Mapping[str, Mapping[str, Any]], rules: Iterable[Any]) -> proto.ConfigureAnalyzerRequest:
    """As the engine does it: every option with its default, overlaid by what is given."""
    request = proto.ConfigureAnalyzerRequest()
    defaults = {rule.name: {option.name: option.default for option in rule.options} for rule in rules}
    levels = {"advisory": proto.ADVISORY, "mandatory": proto.MANDATORY}
    for name in {*defaults, *config}:
        entry = request.policyConfig[name]
        entry.properties.CopyFrom(_struct({**defaults.get(name, {}), **config.get(name, {})}))
        if name in BY_NAME:
            entry.enforcementLevel = levels[BY_NAME[name].level.value]
    return request
