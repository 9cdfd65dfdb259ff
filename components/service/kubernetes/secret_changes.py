"""New pods for services whose secrets change: a function in the cluster's network that may do nothing else there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.functions import Code, FunctionPlace
from components.handles import KeyRing, NetworkHandle
from components.service import secret_changes
from components.service.kubernetes.cluster import EksCluster
from components.service.kubernetes.manifests.platform import RESTARTS
from components.stores.registry import Stores
from specs.services import Service

HTTPS: Final = 443
_WHAT: Final = "pod-secret-changes"


def follow(
    tier: Component,
    *,
    cluster: EksCluster,
    namespace: str,
    network: NetworkHandle,
    keys: KeyRing,
    services: Sequence[Service],
    stores: Stores,
    alert_topic_arn: pulumi.Output[str],
    log_retention_days: int,
) -> None:
    """Nothing where no service is started with a secret."""
    followed = secret_changes.secrets(services, stores)
    if not followed:
        return
    group = _group(tier, network, cluster)
    code = Code(
        module="pod_secret_changes",
        description="Replaces pods of services whose secrets have changed",
        timeout=secret_changes.TIMEOUT,
        memory=secret_changes.MEMORY,
        environment={
            "AUTHORITY": cluster.cluster.certificate_authority.apply(lambda authority: str(authority.data)),
            "CLUSTER": cluster.name,
            "ENDPOINT": cluster.cluster.endpoint,
            "NAMESPACE": namespace,
        },
        place=FunctionPlace(subnet_ids=network.app_subnet_ids, security_group_id=group),
    )
    function = secret_changes.follow(
        tier,
        secret_changes.Followed(
            keys=keys,
            secrets=followed,
            names={service.name: service.name for service in services},
            code=code,
            alert_topic_arn=alert_topic_arn,
            log_retention_days=log_retention_days,
        ),
        _WHAT,
    )
    aws.eks.AccessEntry(
        tier.child(_WHAT),
        cluster_name=cluster.cluster.name,
        principal_arn=tier.site.iam_arn(f"role/{tier.site.named(_WHAT)}"),
        type="STANDARD",
        # What this group may do says a role of the namespace, in `platform.yaml`.
        kubernetes_groups=[RESTARTS],
        tags=tier.tags("internal"),
        opts=tier.opts(depends_on=[function] if function else None),
    )


def _group(tier: Component, network: NetworkHandle, cluster: EksCluster) -> pulumi.Output[str]:
    """The function's security group: to the cluster's API, and nowhere else."""
    physical = tier.site.named(_WHAT)
    group = aws.ec2.SecurityGroup(
        tier.child(_WHAT),
        name=physical,
        description="Function that replaces pods once their secrets have changed: the API of the cluster out",
        vpc_id=network.vpc_id,
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )
    common: dict[str, Any] = {
        "description": "secret changes to the control plane",
        "ip_protocol": "tcp",
        "from_port": HTTPS,
        "to_port": HTTPS,
        "tags": tier.tags("internal"),
        "opts": tier.opts(parent=group),
    }
    aws.vpc.SecurityGroupEgressRule(
        tier.child(_WHAT, "to", "control-plane"),
        security_group_id=group.id,
        referenced_security_group_id=cluster.security_group_id,
        **common,
    )
    aws.vpc.SecurityGroupIngressRule(
        tier.child("control-plane", "from", _WHAT),
        security_group_id=cluster.security_group_id,
        referenced_security_group_id=group.id,
        **common,
    )
    return group.id
