"""Rules for EKS clusters."""

from __future__ import annotations

from ..encryption import OUTSIDE_KEYS, key_problem
from ..networks import is_open
from ..resource import Resource
from ..rule import Problems, RuleContext, Scope, Severity, rule
from ..tokens import EKS_CLUSTER
from ..values import Block

# Without them the callers of the cluster can't be traced.
NEEDED_LOGS = ("api", "audit", "authenticator")
EVERYWHERE = "0.0.0.0/0"


@rule(
    EKS_CLUSTER,
    name="eks-private-endpoint",
    title="A cluster's API is reachable only from its VPC and from named addresses.",
    severity=Severity.HIGH,
    controls=("FSBP EKS.1", "CKV_AWS_38", "CKV_AWS_39"),
    remedy="Set endpoint_private_access=True, and endpoint_public_access=False or public_access_cidrs of your own",
)
def eks_private_endpoint(cluster: Resource, context: RuleContext) -> Problems:
    if not cluster.flag("vpcConfig.endpointPrivateAccess"):
        yield "has only a public API endpoint"
    if cluster.flag("vpcConfig.endpointPublicAccess", default=True):
        sources = cluster.texts("vpcConfig.publicAccessCidrs") or [EVERYWHERE]
        if wide := [source for source in sources if is_open(source)]:
            yield f"lets {wide[0]} reach its API"


@rule(
    EKS_CLUSTER,
    name="eks-secrets-cmk",
    title="A cluster's secrets are encrypted with a key of this program.",
    severity=Severity.HIGH,
    scope=Scope.STACK,
    early=True,
    controls=("FSBP EKS.3", "CKV_AWS_58"),
    options=(OUTSIDE_KEYS,),
    remedy="Set encryption_config with resources secrets and provider key_arn of the data key",
)
def eks_secrets_cmk(cluster: Resource, context: RuleContext) -> Problems:
    settings = cluster.blocks("encryptionConfig") or [Block({})]
    if "secrets" not in settings[0].texts("resources"):
        yield "encrypts its secrets with a key that AWS owns"
    elif problem := key_problem(cluster, "encryptionConfig", context, block=settings[0], inner="provider.keyArn"):
        yield problem


@rule(
    EKS_CLUSTER,
    name="eks-control-plane-logs",
    title="A cluster sends its API, audit and authenticator logs to CloudWatch.",
    severity=Severity.MEDIUM,
    controls=("FSBP EKS.8", "CKV_AWS_37"),
    remedy=f"Set enabled_cluster_log_types to {', '.join(NEEDED_LOGS)} at least",
)
def eks_control_plane_logs(cluster: Resource, context: RuleContext) -> Problems:
    if missing := [log for log in NEEDED_LOGS if log not in cluster.texts("enabledClusterLogTypes")]:
        yield f"doesn't keep the log {' and '.join(missing)}"


RULES = (eks_private_endpoint, eks_secrets_cmk, eks_control_plane_logs)
