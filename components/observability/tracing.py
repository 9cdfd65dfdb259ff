"""X-Ray: groups of traces, sampling rules, and the encryption key.

The sampling rules apply to clients of X-Ray: AWS services that trace by themselves and OpenTelemetry SDKs with
X-Ray's remote sampler. SDKs with a sampling ratio of their own ignore them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi_aws as aws

from aws_facts import quotas
from components.base import Component
from components.handles import KeyHandle
from components.observability.monitored_service import MonitoredService
from specs.account import Holding
from specs.observability import Observability

# Rules are tried from the lowest number on; X-Ray's own default rule is 10,000.
HEALTH_PRIORITY: Final = 100
FIRST_RULE_PRIORITY: Final = 1000
DEFAULT_PRIORITY: Final = 9000
# Load balancers and ECS ask for health every few seconds: traces of that cost money and show nothing.
HEALTH_PATHS: Final = "*health*"
MAX_GROUPS: Final = int(quotas.QUOTAS["traceGroups"].value)  # of an account and region; AWS doesn't raise it


def make_tracing(
    tier: Component,
    *,
    key: KeyHandle,
    settings: Observability,
    services: Sequence[MonitoredService],
    encryption: Holding,
) -> None:
    """Groups, sampling rules and, if this stack settles it for its account and region, encryption."""
    if encryption == "create":
        # X-Ray has one such setting for each account and region. Removing the stack leaves it behind, pointing at the
        # stack's key: `docs/runbooks.md#after-destroying-a-stack` puts it back.
        aws.xray.EncryptionConfig(tier.child("xray"), type="KMS", key_id=key.arn, opts=tier.opts())
    _groups(tier, services)
    _sampling(tier, settings)


def _groups(tier: Component, services: Sequence[MonitoredService]) -> None:
    doors = [service for service in services if service.is_public]
    if doors:
        # A customer's request starts at a public service, so these traces hold all that customers do.
        _group(tier, tier.child("traces"), tier.site.prefix, " OR ".join(_of(service) for service in doors))
    # Public services first: of those that are left over the traces are found by name as well, without a group.
    for service in sorted(services, key=lambda one: not one.is_public)[: MAX_GROUPS - 1]:
        _group(tier, tier.child("traces", service.name), tier.site.named(service.name), _of(service))


def _of(service: MonitoredService) -> str:
    return f'service("{service.service_name}")'


def _group(tier: Component, child: str, name: str, expression: str) -> None:
    insights = tier.site.production
    aws.xray.Group(
        child,
        group_name=name,
        filter_expression=expression,
        insights_configuration=aws.xray.GroupInsightsConfigurationArgs(
            # Finds faults by itself, one USD for a million traces; its messages go to EventBridge.
            insights_enabled=insights,
            notifications_enabled=insights,
        ),
        tags=tier.tags("internal", name),
        opts=tier.opts(),
    )


def _sampling(tier: Component, settings: Observability) -> None:
    _rule(tier, "health", HEALTH_PRIORITY, path=HEALTH_PATHS, rate=0.0, reservoir=0)
    for position, rule in enumerate(settings.trace_rules):
        _rule(
            tier,
            rule.name,
            FIRST_RULE_PRIORITY + position,
            path=rule.path,
            rate=rule.fixed_rate,
            reservoir=rule.reservoir,
        )
    _rule(
        tier, "default", DEFAULT_PRIORITY, path="*", rate=settings.trace_fixed_rate, reservoir=settings.trace_reservoir
    )


def _rule(tier: Component, what: str, priority: int, *, path: str, rate: float, reservoir: int) -> None:
    name = tier.site.named(what)
    aws.xray.SamplingRule(
        tier.child("sampling", what),
        rule_name=name,
        priority=priority,
        version=1,
        # Of this stack's services only: rules are shared by all that runs in the account and region.
        service_name=f"{tier.site.prefix}-*",
        service_type="*",
        host="*",
        http_method="*",
        url_path=path,
        resource_arn="*",
        fixed_rate=rate,
        reservoir_size=reservoir,
        tags=tier.tags("internal", name),
        opts=tier.opts(),
    )
