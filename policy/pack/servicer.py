"""The pack's side of the engine's calls, reading each resource once for all rules.

`pulumi_policy` decodes a resource anew for every policy, and the whole stack anew for every stack policy: with the
rules of this pack that is most of a preview. This servicer decodes once, looks rules up by resource type, and refuses
configuration that names what the pack doesn't have, which the SDK lets pass in silence. What the engine sees, and
what the rules see, is the same either way. `install` leaves the SDK alone where it has not the shape known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf import json_format
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel, Policy
from pulumi_policy import policy as sdk

from .configuration import LEVEL, parse, says_production
from .graph import Graph
from .policies import RulePolicy, undecided_text
from .redaction import Secrets
from .resource import Resource
from .rule import Rule, Scope
from .structs import read

_Base: Any = getattr(sdk, "_PolicyAnalyzerServicer", object)
_NEEDED = ("_create_report_violation", "_get_enforcement_level", "_get_policy_config", "_map_enforcement_level")


def install() -> bool:
    """Makes `PolicyPack` serve through `OnePassServicer`; False where this SDK is not the one it was written for."""
    if not all(hasattr(_Base, name) for name in _NEEDED):
        return False
    setattr(sdk, "_PolicyAnalyzerServicer", OnePassServicer)  # noqa: B010 - the SDK has no place to ask for it
    return True


class OnePassServicer(_Base):
    """The SDK's servicer, with each request read once."""

    def __init__(self, name: str, version: str, policies: list[Policy], *rest: Any) -> None:
        super().__init__(name, version, policies, *rest)
        self._pack = name, version
        self._named = {policy.name: policy for policy in policies}
        self._by_token: dict[str, list[RulePolicy]] = defaultdict(list)
        self._early: dict[str, list[RulePolicy]] = defaultdict(list)
        self._of_stack: list[RulePolicy] = []
        self._providers: dict[str, Any] = {}
        self._inputs: dict[str, Resource] = {}
        self._secrets = Secrets()
        for policy in policies:
            if not isinstance(policy, RulePolicy):
                raise TypeError(f"{policy.name} is no rule of this pack")
            self._inputs = policy.judge.inputs  # one judge for all
            if policy.rule.scope is Scope.STACK:
                self._of_stack.append(policy)
            for token in policy.rule.tokens:
                if policy.rule.scope is Scope.RESOURCE:
                    self._by_token[token].append(policy)
                elif policy.rule.early:
                    self._early[token].append(policy)

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        given = parse(dict(self._given(request.policyConfig)), self._rules())
        faults = sorted({*given.faults, *(fault for policy in self._named.values() for fault in _faults(policy))})
        if faults:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"policy configuration: {'; '.join(faults)}")
        for policy in self._named.values():
            policy.judge.configuration = given
        return super().Configure(request, context)

    def ConfigureStack(self, request: Any, context: grpc.ServicerContext) -> Any:
        for policy in self._named.values():
            policy.judge.preview = request.dry_run
            policy.judge.production = says_production(request.project, request.config)
        return super().ConfigureStack(request, context)

    def Remediate(self, request: Any, context: grpc.ServicerContext) -> Any:
        return proto.RemediateResponse()  # this pack rewrites nothing

    def Analyze(self, request: Any, context: grpc.ServicerContext) -> Any:
        response = proto.AnalyzeResponse()
        if request.type.startswith("aws:"):
            secrets = Secrets()
            resource = self._resource(request, secrets)
            self._secrets.add(secrets)
            self._inputs[resource.urn] = resource
            for policy in self._by_token.get(resource.token, ()):
                self._judge(policy, response, secrets, policy.judge.resource, resource)
            for policy in self._early.get(resource.token, ()):
                # Advisories would only be reported twice, as the update goes on to the end.
                if self._get_enforcement_level(policy) is EnforcementLevel.MANDATORY:
                    self._judge(policy, response, secrets, policy.judge.early, resource)
        return response

    def AnalyzeStack(self, request: Any, context: grpc.ServicerContext) -> Any:
        response = proto.AnalyzeResponse()
        resources = [self._resource(item, self._secrets, edges=True) for item in request.resources]
        graph = Graph(resources, self._inputs)
        for policy in self._of_stack:
            self._judge(policy, response, self._secrets, policy.judge.stack, graph)
        return response

    def _judge(self, policy: RulePolicy, response: Any, secrets: Secrets, run: Any, subject: Any) -> None:
        level = self._get_enforcement_level(policy)
        if level is EnforcementLevel.DISABLED:
            return
        if level is EnforcementLevel.REMEDIATE:
            level = EnforcementLevel.MANDATORY
        report = self._create_report_violation(response, policy.name, policy.description, level, policy.severity)
        config = self._get_policy_config(policy.name) or {}
        places = run(policy.rule, subject, config, report, secrets)
        if places:
            response.diagnostics.append(
                proto.AnalyzeDiagnostic(
                    policyName=policy.name,
                    policyPackName=self._pack[0],
                    policyPackVersion=self._pack[1],
                    message=f"{policy.name}: {undecided_text(places)}",
                    description=policy.description,
                    enforcementLevel=self._map_enforcement_level(EnforcementLevel.ADVISORY),
                )
            )

    def _resource(self, message: Any, secrets: Secrets, *, edges: bool = False) -> Resource:
        links = {name: tuple(item.urns) for name, item in message.propertyDependencies.items()} if edges else None
        return Resource(
            message.type,
            message.name,
            read(message.properties, secrets),
            urn=message.urn,
            provider=self._provider(message),
            links=links,
        )

    def _provider(self, message: Any) -> Any:
        if not message.HasField("provider"):
            return None
        urn = message.provider.urn
        if urn not in self._providers:
            self._providers[urn] = read(message.provider.properties, Secrets())
        return self._providers[urn]

    def _rules(self) -> dict[str, Rule]:
        return {name: policy.rule for name, policy in self._named.items()}

    def _given(self, config: Any) -> Iterator[tuple[str, dict[str, Any]]]:
        """The configuration by rule, in the shape of a file. `all` is the engine's, which has applied it already."""
        for name in config:
            if name != "all" or name in self._named:
                level = self._convert_enforcement_level(config[name].enforcementLevel)
                known = "mandatory" if level is EnforcementLevel.REMEDIATE else level.value
                yield name, {LEVEL: known, **json_format.MessageToDict(config[name].properties)}


def _faults(policy: RulePolicy) -> tuple[str, ...]:
    """Faults of the stack's own configuration file, which was read before the engine could report them."""
    return policy.judge.configuration.faults
