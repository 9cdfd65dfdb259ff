"""Rules for web ACLs."""

from __future__ import annotations

from typing import Any

from ..resource import Resource
from ..rule import Problems, RuleContext, Scope, Severity, rule
from ..tokens import WEB_ACL
from ..values import Block, document, listed

LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
# A rule of a web ACL that stands apart from it; its override is an attribute, not a block.
RULE_GROUP = "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation"


@rule(
    WEB_ACL,
    name="waf-rules-logging",
    title="A web ACL has rules that block, and logs what they do.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    controls=("FSBP WAF.10", "FSBP WAF.11", "CKV2_AWS_31", "CKV_AWS_342"),
    remedy="Give it rules with action block or managed groups that are not overridden to count, and an "
    "aws.wafv2.WebAclLoggingConfiguration",
)
def waf_rules_logging(acl: Resource, context: RuleContext) -> Problems:
    rules = [*_rules(acl), *context.whole.companions(acl, "webAclArn", RULE_GROUP)]
    # If everything but named callers is blocked, no other rule needs to block.
    closed = _chosen(acl, "defaultAction.block") and all(
        _names_callers(item) for item in rules if _chosen(item, "action.allow")
    )
    if not closed and not any(map(_enforces, rules)):
        yield "has no rule that blocks anything" if rules else "has no rules"
    else:
        for kind, found in _by_kind(rules).items():
            if not any(map(_enforces, found)):
                yield f"only counts what {kind} find"
    logs = context.whole.companions(acl, "resourceArn", LOGGING)
    if not logs:
        yield "keeps no logs"
    elif all(map(_leaves_blocks_out, logs)):
        yield "leaves what it blocks out of its logs"


def _leaves_blocks_out(logs: Block) -> bool:
    """Whether a filter drops blocked requests: by the first filter that matches them, else by default."""
    for item in logs.blocks("loggingFilter.filters"):
        conditions = item.blocks("conditions")
        named = [it for it in conditions if it.text("actionCondition.action") == "BLOCK"]
        if named and (len(conditions) == 1 or item.text("requirement") == "MEETS_ANY"):
            return item.text("behavior") == "DROP"
    return logs.text("loggingFilter.defaultBehavior") == "DROP"


def _rules(acl: Resource) -> list[Block]:
    """The rules, from blocks or from JSON text in the WAF API's format."""
    body = document(acl.raw("ruleJson")) if acl.present("ruleJson") else None
    return [*acl.blocks("rules"), *(Block(_as_blocks(item)) for item in listed(body) if isinstance(item, dict))]


def _as_blocks(value: Any) -> Any:
    """API JSON with the provider's property names."""
    if isinstance(value, dict):
        return {f"{key[:1].lower()}{key[1:]}": _as_blocks(item) for key, item in value.items()}
    return [_as_blocks(item) for item in value] if isinstance(value, list) else value


def _names_callers(item: Block) -> bool:
    """Whether a rule holds for callers by their addresses alone."""
    return any(
        _chosen(item, f"{path}.ipSetReferenceStatement") for path in ("statement", "statement.andStatement.statements")
    )


def _by_kind(rules: list[Block]) -> dict[str, list[Block]]:
    """The rules that protect, by what they protect from: a web ACL needs one that blocks of each kind that it has."""
    found: dict[str, list[Block]] = {}
    for item in rules:
        if kind := _kind(item):
            found.setdefault(kind, []).append(item)
    return found


def _kind(item: Block) -> str | None:
    if _chosen(item, "statement.rateBasedStatement"):
        return "limits of rates"
    if not _chosen(item, "statement.managedRuleGroupStatement"):
        return None
    name = item.text("statement.managedRuleGroupStatement.name") or ""
    return next((kind for part, kind in _GROUPS if part in name), "managed groups on requests")


# AWS's managed rule groups by a part of their names (WAF developer guide, "AWS Managed Rules rule groups list").
_GROUPS = (
    ("IpReputation", "managed groups on callers"),
    ("AnonymousIp", "managed groups on callers"),
    ("BotControl", "managed groups on bots"),
    ("ATP", "managed groups on bots"),
    ("ACFP", "managed groups on bots"),
    ("AntiDDoS", "managed groups on floods"),
)


def _enforces(item: Block) -> bool:
    if item.data.get("overrideAction") == "count":
        return False
    return not _chosen(item, "overrideAction.count") and not any(
        _chosen(item, path) for path in ("action.count", "action.allow")
    )


def _chosen(block: Block, path: str) -> bool:
    """Whether an action or a statement is chosen: as an empty block, or as one with settings."""
    parent, _, name = path.rpartition(".")
    return any(name in outer.data and outer.data[name] is not None for outer in block.blocks(parent))


RULES = (waf_rules_logging,)
