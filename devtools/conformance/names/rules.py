"""Checks of names: rules that see one resource's inputs, and rules that see all resources of a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from devtools.conformance.names import calls, engines, events, log_groups, managed, metrics, policies, quotas
from devtools.conformance.names.tables import Problem, Resources

RULES: tuple[Callable[[str, Mapping[str, Any]], Iterator[Problem]], ...] = (
    policies.managed_policies,
    policies.services,
    metrics.metrics,
    events.patterns,
    engines.versions,
    engines.logs,
    engines.sizes,
    engines.families,
    engines.parameters,
    managed.endpoint_services,
    managed.config_rules,
    managed.rule_groups,
    managed.policies,
    managed.images_and_documents,
    managed.pipeline_actions,
    managed.tls_policies,
    calls.universal_targets,
    quotas.quota_codes,
    log_groups.log_groups,
)

STACK_RULES: tuple[Callable[[Resources], Iterator[tuple[str, str, str]]], ...] = (
    managed.cloudfront_policies,
    log_groups.writers,
    metrics.own,
)
"""Rules that yield URN, place and reason."""


def of_stack(resources: Resources) -> list[tuple[str, str, str]]:
    """Problems with names that refer to another resource."""
    return [problem for rule in STACK_RULES for problem in rule(resources)]
