"""Rules for web ACLs."""

from __future__ import annotations

from ..resource import Resource
from ..rule import Context, Problems, Scope, Severity, rule
from ..tokens import WEB_ACL
from ..values import Block

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
def waf_rules_logging(acl: Resource, context: Context) -> Problems:
    rules = acl.blocks("rules")
    blocks_by_default = _chosen(acl, "defaultAction.block")
    rules += context.whole.companions(acl, "webAclArn", RULE_GROUP)
    if not acl.present("ruleJson") and not blocks_by_default and not any(map(_enforces, rules)):
        yield "has no rule that blocks anything" if rules else "has no rules"
    if not context.whole.companions(acl, "resourceArn", LOGGING):
        yield "keeps no logs"


def _enforces(item: Block) -> bool:
    if item.data.get("overrideAction") == "count":
        return False
    return not _chosen(item, "overrideAction.count") and not any(
        _chosen(item, path) for path in ("action.count", "action.allow")
    )


def _chosen(block: Block, path: str) -> bool:
    """Whether an action is chosen: as an empty block, or as one with settings."""
    parent, _, name = path.rpartition(".")
    return any(name in outer.data and outer.data[name] is not None for outer in block.blocks(parent))


RULES = (waf_rules_logging,)
