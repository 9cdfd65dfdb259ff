"""Capacity units and limits of the web ACLs, as WAF counts them.

WAF counts a web ACL's rules in web ACL capacity units (WCU). Up to 1,500 come with the price of a request; each 500
more make every request dearer (AWS WAF pricing), so a stack that would need more is refused.

Sources: AWS WAF Developer Guide, "AWS WAF quotas", "Rule statements list" and "AWS Managed Rules rule groups list".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from specs.edge import Edge

INCLUDED_CAPACITY: Final = 1500  # WCU that the basic price of a request covers
MAX_RATE_RULES: Final = 10  # rate-based statements in one web ACL; the quota cannot be raised
MAX_ADDRESSES: Final = 10_000  # CIDRs in one IP set

ANTI_DDOS: Final = "AWSManagedRulesAntiDDoSRuleSet"
IP_REPUTATION: Final = "AWSManagedRulesAmazonIpReputationList"
ANONYMOUS_IP: Final = "AWSManagedRulesAnonymousIpList"
KNOWN_BAD_INPUTS: Final = "AWSManagedRulesKnownBadInputsRuleSet"
SQL_INJECTION: Final = "AWSManagedRulesSQLiRuleSet"
COMMON: Final = "AWSManagedRulesCommonRuleSet"
BOT_CONTROL: Final = "AWSManagedRulesBotControlRuleSet"

GROUP_CAPACITY: Final[dict[str, int]] = {
    ANTI_DDOS: 50,
    IP_REPUTATION: 25,
    ANONYMOUS_IP: 50,
    KNOWN_BAD_INPUTS: 200,
    SQL_INJECTION: 200,
    COMMON: 700,
    BOT_CONTROL: 50,
}
"""WCU of the managed rule groups."""

IP_SET: Final = 1  # WCU of a reference to an IP set
BLOCK_LISTS: Final = 4  # IP sets that are blocked: of the settings and of the incident response, IPv4 and IPv6
RATE: Final = 2  # WCU of a rate-based statement, its scope-down statement apart
STRING_MATCH: Final = 2  # WCU of a byte match that compares the start or the whole
TRANSFORMATION: Final = 10  # WCU of each text transformation

PATH_TRANSFORMATIONS: Final = ("URL_DECODE", "NORMALIZE_PATH", "LOWERCASE")
"""What is undone before a path is compared, in this order: %2F, `//` and `/./`, capitals."""
HOST_TRANSFORMATIONS: Final = ("LOWERCASE",)

PATH_MATCH: Final = STRING_MATCH + TRANSFORMATION * len(PATH_TRANSFORMATIONS)
HOST_MATCH: Final = STRING_MATCH + TRANSFORMATION * len(HOST_TRANSFORMATIONS)

ANY_PATH: Final = "/"
"""Start of every path: a limit on it needs no path to be compared."""

REGIONAL_GROUPS: Final = (KNOWN_BAD_INPUTS, SQL_INJECTION)
"""Groups that look at what a request holds; those that look at its address would see CloudFront's."""


def edge_groups(edge: Edge) -> tuple[str, ...]:
    """Managed groups of the CLOUDFRONT web ACL, in the order in which they judge a request."""
    groups = (IP_REPUTATION, ANONYMOUS_IP, KNOWN_BAD_INPUTS, SQL_INJECTION, COMMON)
    return (
        *((ANTI_DDOS,) if edge.anti_ddos else ()),
        *groups,
        *((BOT_CONTROL,) if edge.bot_control_paths else ()),
    )


def edge_capacity(edge: Edge) -> int:
    """WCU of the CLOUDFRONT web ACL."""
    return (
        BLOCK_LISTS * IP_SET
        + _host(edge)
        + sum(_rate(limit.path) for limit in edge.rate_limits)
        + sum(GROUP_CAPACITY[group] for group in edge_groups(edge))
        + _paths(edge.bot_control_paths)
    )


def regional_capacity(edge: Edge) -> int:
    """WCU of the REGIONAL web ACL."""
    limits = [limit for limit in edge.rate_limits if limit.path == ANY_PATH]
    return _host(edge) + RATE * len(limits) + sum(GROUP_CAPACITY[group] for group in REGIONAL_GROUPS)


def _host(edge: Edge) -> int:
    return HOST_MATCH if edge.domain is not None else 0


def _rate(path: str) -> int:
    return RATE if path == ANY_PATH else RATE + PATH_MATCH


def _paths(paths: Sequence[str]) -> int:
    return PATH_MATCH * len(paths)
