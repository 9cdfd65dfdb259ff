"""Rules for resource policies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..conditions import Condition, proving
from ..documents import Statement
from ..resource import Resource
from ..resource_documents import RESOURCE_POLICIES
from ..rule import Problems, RuleContext, Severity, rule
from ..strangers import Admission, opened
from ..values import Block, Unknown, each

# Resources shared without a policy document: property with the principal, value for everyone, and limiting property.
SHARED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "aws:cloudwatch/eventPermission:EventPermission": ("principal", "*", ("condition",)),
    "aws:docdb/clusterSnapshot:ClusterSnapshot": ("sharedAccounts", "all", ()),
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": ("group", "all", ()),
    "aws:ec2/vpcEndpointService:VpcEndpointService": ("allowedPrincipals", "*", ("acceptanceRequired",)),
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": ("principalArn", "*", ()),
    "aws:lambda/layerVersionPermission:LayerVersionPermission": ("principal", "*", ("organizationId",)),
    "aws:rds/clusterSnapshot:ClusterSnapshot": ("sharedAccounts", "all", ()),
    "aws:rds/clusterSnapshotCopy:ClusterSnapshotCopy": ("sharedAccounts", "all", ()),
    "aws:rds/snapshot:Snapshot": ("sharedAccounts", "all", ()),
    "aws:rds/snapshotCopy:SnapshotCopy": ("sharedAccounts", "all", ()),
}

# One log group by its full name, with all of its streams.
_OWN_STREAMS = re.compile(r"arn:aws[\w-]*:logs:[\w-]+:\d{12}:log-group:[\w./#-]+:\*")
_LOG_PATH = re.compile(r"arn:aws[\w-]*:s3:::[\w.-]+/(?:[^*?]*/)?AWSLogs/\d{12}/\*")


@rule(
    *RESOURCE_POLICIES,
    *SHARED,
    name="resource-policy-not-public",
    title="No resource policy admits everyone, or a service acting for any account.",
    severity=Severity.CRITICAL,
    controls=(
        "FSBP S3.2",
        "FSBP S3.3",
        "FSBP SNS.4",
        "FSBP SQS.3",
        "CKV_AWS_70",
        "CKV_AWS_168",
        "CKV_AWS_169",
    ),
    remedy="Name the principals, and restrict services by aws:SourceArn or aws:SourceAccount",
)
def resource_policy_not_public(resource: Resource, context: RuleContext) -> Problems:
    if resource.token in SHARED:
        path, everybody, ties = SHARED[resource.token]
        if everybody in resource.texts(path) and not any(_ties(resource, tie) for tie in ties):
            yield "is shared with everyone"
    else:
        admission = Admission(resource.raw(RESOURCE_POLICIES[resource.token]))
        yield from each(admission.allowing, lambda statement: _open(statement, admission))


def _ties(resource: Resource, path: str) -> bool:
    """Whether the property at a path keeps strangers out: a switch, a name, or a condition that proves an owner."""
    if path != "condition":
        return resource.present(path) and resource.raw(path) is not False
    block = Block(resource.raw(path))
    operator, key = (block.text("type") or "").lower(), (block.text("key") or "").lower()
    item = Condition(operator=operator, key=key, values=(block.raw("value"),))
    return proving((item,), of_services=False) is not None


def _open(statement: Statement, admission: Admission) -> Iterator[str]:
    if statement.not_principals:
        yield f"{statement.label} allows everyone except some (NotPrincipal)"
    if _delivers_own_logs(statement) or _starts_streams(statement):
        return
    what = (
        ", ".join(str(action) for action in statement.actions[:3] if not isinstance(action, Unknown))
        or "all but some actions"
    )
    for kind, value in opened(statement, admission):
        whom = f"{value} on behalf of any account" if kind == "service" else "everyone"
        yield f"{statement.label} allows {what} to {whom}"


def _delivers_own_logs(statement: Statement) -> bool:
    """Whether a service may only put logs under the path reserved for one account's resources.

    Load balancers set no condition key, but write only to AWSLogs/<account of the load balancer>/.
    """
    services = all(kind == "service" for kind, _ in statement.principals)
    puts = [action.lower() for action in statement.known_actions()] == ["s3:putobject"]
    return services and puts and all(map(_LOG_PATH.fullmatch, statement.known_resources()))


def _starts_streams(statement: Statement) -> bool:
    """Whether a service may only start empty streams in named log groups of one account.

    EventBridge fills in no condition key for that, though it does when it writes to the stream.
    """
    services = all(kind == "service" for kind, _ in statement.principals)
    starts = [action.lower() for action in statement.known_actions()] == ["logs:createlogstream"]
    return services and starts and all(map(_OWN_STREAMS.fullmatch, statement.known_resources()))


RULES = (resource_policy_not_public,)
