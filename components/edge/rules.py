"""The web ACLs' rules as values, in their order of evaluation.

Typed dicts replace the SDK's classes: WAF's statements nest, and the classes' names grow with every level.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pulumi

from specs import web_acl
from specs.edge import Edge, RateLimit

if TYPE_CHECKING:
    from pulumi_aws import wafv2

    Rule: TypeAlias = wafv2.WebAclRuleArgsDict
    Statement: TypeAlias = wafv2.WebAclRuleStatementArgsDict
    Action: TypeAlias = wafv2.WebAclRuleActionArgsDict
    Override: TypeAlias = wafv2.WebAclRuleOverrideActionArgsDict

VIEWER_ADDRESS_HEADER: Final = "x-viewer-address"
"""Header with the viewer's address for the load balancer; set by viewer_address.js."""

SLOW_DOWN: Final = "slow-down"
"""Key of the custom response body for requests beyond a limit."""
TOO_MANY_REQUESTS: Final = 429  # HTTP status, RFC 6585

# Requests for files can't answer the challenge that browsers solve silently on pages.
UNCHALLENGED: Final = r"\.(?:avif|css|gif|ico|jpe?g|js|json|map|mp4|png|svg|txt|webp|woff2?|xml)$"

# Groups that only count. Anonymous addresses are those of VPNs, relays and hosting providers: customers among them.
COUNTED: Final = frozenset({web_acl.ANONYMOUS_IP})


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """A rule before it knows its place: with an action of its own, or the word on a group's actions."""

    name: str
    statement: Statement
    action: Action | None = None
    override: Override | None = None


def edge_rules(edge: Edge, *, prefix: str, block_lists: Sequence[pulumi.Input[str]]) -> list[Rule]:
    """Rules of the CLOUDFRONT web ACL; metrics are named `<prefix>-<rule>`.

    `block_lists` are ARNs of IP sets whose addresses are blocked. Cheap and certain rules come first; the DDoS group
    comes before all content rules, as it learns the usual traffic from every request.
    """
    groups = web_acl.edge_groups(edge)
    rules = [_Rule(name="blocked-addresses", statement=_listed(block_lists), action={"block": {}})]
    rules += [_group(edge, name) for name in groups if name == web_acl.ANTI_DDOS]
    rules += [_rate_rule(limit) for limit in edge.rate_limits]
    rules += [_group(edge, name) for name in groups if name != web_acl.ANTI_DDOS]
    rules += _host_rule(edge)  # last, as an admitted request is judged no further
    return _numbered(rules, prefix)


def regional_rules(edge: Edge, *, prefix: str) -> list[Rule]:
    """Rules of the REGIONAL web ACL: those that apply even to requests that bypass CloudFront.

    Its peer is always CloudFront. So clients are counted by the forwarded address, and the managed groups that
    evaluate the peer's address are left to the edge.
    """
    rules = [_rate_rule(limit, forwarded=True) for limit in edge.rate_limits if limit.path == web_acl.ANY_PATH]
    rules += [_group(edge, name) for name in web_acl.REGIONAL_GROUPS]
    rules += _host_rule(edge)
    return _numbered(rules, prefix)


def _numbered(rules: Sequence[_Rule], prefix: str) -> list[Rule]:
    return [
        {
            "name": rule.name,
            "priority": position,
            "statement": rule.statement,
            "action": rule.action,
            "override_action": rule.override,
            "visibility_config": {
                "cloudwatch_metrics_enabled": True,
                "metric_name": f"{prefix}-{rule.name}",
                "sampled_requests_enabled": True,
            },
        }
        for position, rule in enumerate(rules)
    ]


def _listed(ip_sets: Sequence[pulumi.Input[str]]) -> Statement:
    return {"or_statement": {"statements": [{"ip_set_reference_statement": {"arn": arn}} for arn in ip_sets]}}


def _host_rule(edge: Edge) -> list[_Rule]:
    """Admits requests that ask for the shop by its domain; the web ACL blocks what no rule admits.

    At the load balancer this turns away other people's distributions, which send a name of their own.
    """
    if edge.domain is None:
        return []
    asks_for_the_shop: Statement = {
        "byte_match_statement": {
            "search_string": edge.domain,
            "positional_constraint": "EXACTLY",
            "field_to_match": {"single_header": {"name": "host"}},
            "text_transformations": _transformations(web_acl.HOST_TRANSFORMATIONS),
        }
    }
    return [_Rule(name="the-shop", statement=asks_for_the_shop, action={"allow": {}})]


def _rate_rule(limit: RateLimit, *, forwarded: bool = False) -> _Rule:
    counted: wafv2.WebAclRuleStatementRateBasedStatementArgsDict = {
        "limit": limit.requests,
        "evaluation_window_sec": limit.window,
        "aggregate_key_type": "FORWARDED_IP" if forwarded else "IP",
    }
    if forwarded:
        # An invalid address was not set by CloudFront: the rule treats it as a match and blocks.
        counted["forwarded_ip_config"] = {"header_name": VIEWER_ADDRESS_HEADER, "fallback_behavior": "MATCH"}
    if limit.path != web_acl.ANY_PATH:
        counted["scope_down_statement"] = _starts_with(limit.path)
    block: Action = {
        "block": {
            "custom_response": {
                "response_code": TOO_MANY_REQUESTS,
                "custom_response_body_key": SLOW_DOWN,
                "response_headers": [{"name": "retry-after", "value": str(limit.window)}],
            }
        }
    }
    return _Rule(name=f"rate-{limit.name}", statement={"rate_based_statement": counted}, action=block)


def _group(edge: Edge, name: str) -> _Rule:
    """A managed rule group of AWS, at its default version, so that AWS's updates arrive by themselves."""
    group: wafv2.WebAclRuleStatementManagedRuleGroupStatementArgsDict = {"vendor_name": "AWS", "name": name}
    if name == web_acl.ANTI_DDOS:
        pages_only = [{"regex_string": UNCHALLENGED}]
        challenge: Any = {"usage_of_action": "ENABLED", "exempt_uri_regular_expressions": pages_only}
        group["managed_rule_group_configs"] = [
            {"aws_managed_rules_anti_ddos_rule_set": {"client_side_action_config": {"challenge": challenge}}}
        ]
    if name == web_acl.BOT_CONTROL:
        group["managed_rule_group_configs"] = [
            {"aws_managed_rules_bot_control_rule_set": {"inspection_level": "COMMON"}}
        ]
        group["scope_down_statement"] = _any_of([_starts_with(path) for path in edge.bot_control_paths])
    return _Rule(
        name=name,
        statement={"managed_rule_group_statement": group},
        override={"count": {}} if name in COUNTED else {"none": {}},
    )


# The SDK has a type of its own for the same statement in every place where it may stand: hence Any.


def _starts_with(path: str) -> Any:
    return {
        "byte_match_statement": {
            "search_string": path.lower(),  # as the request's path is compared in lower case
            "positional_constraint": "STARTS_WITH",
            "field_to_match": {"uri_path": {}},
            "text_transformations": _transformations(web_acl.PATH_TRANSFORMATIONS),
        }
    }


def _any_of(statements: list[Any]) -> Any:
    return statements[0] if len(statements) == 1 else {"or_statement": {"statements": statements}}


def _transformations(kinds: Sequence[str]) -> list[Any]:
    return [{"priority": position, "type": kind} for position, kind in enumerate(kinds)]
