"""RDS Proxy: a pool of connections in front of a cluster, so that hundreds of tasks share few of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.stores import groups
from components.stores.args import DataTierArgs
from components.stores.databases import engines
from components.stores.databases.aurora import MASTER_USERNAME, Cluster
from components.stores.databases.handle import DatabaseHandle
from specs.stores.databases import Proxy

# Seconds that a statement waits for a free connection. AWS's default of 120 outlives any customer's patience.
BORROW_TIMEOUT: Final = 10


def build(tier: Component, args: DataTierArgs, cluster: Cluster) -> DatabaseHandle:
    """Handle of the cluster: through its proxy, or directly where the settings want none."""
    settings = cluster.database.proxy
    if settings is None:
        return cluster.handle()
    name, physical = cluster.database.name, args.site.named(cluster.database.name)
    group = groups.security_group(tier, args, "proxy", name, f"RDS Proxy of {name}")
    groups.admit(
        tier, "proxy", name, client=group, store=cluster.group, port=cluster.port, what=f"Proxy to cluster {name}"
    )
    logs = groups.log_group(tier, args, "proxy", name, name=f"/aws/rds/proxy/{physical}")
    role, policy = _role(tier, args, cluster)
    proxy = aws.rds.Proxy(
        tier.child("proxy", name),
        name=physical,
        engine_family=engines.ENGINES[cluster.database.engine].proxy_family,
        role_arn=role.arn,
        auths=[_auth(settings, cluster)],
        require_tls=True,
        idle_client_timeout=settings.idle_client_timeout,
        debug_logging=False,  # it would write statements, and what customers typed, to the log
        vpc_subnet_ids=args.network.data_subnet_ids,
        vpc_security_group_ids=[group.id],
        tags=tier.tags("restricted", physical),
        opts=tier.opts(depends_on=[policy, logs]),
    )
    _target(tier, cluster, settings, proxy)
    return replace(
        cluster.handle(),
        endpoint=proxy.endpoint,
        reader_endpoint=_read_endpoint(tier, args, cluster, proxy, group),
        security_group_id=group.id,
        proxy_name=physical,
        connect_arn=_connect_arn(args, proxy) if settings.auth == "iam" else None,
    )


def _auth(settings: Proxy, cluster: Cluster) -> aws.rds.ProxyAuthArgs:
    by_password = settings.auth == "password"
    return aws.rds.ProxyAuthArgs(
        auth_scheme="SECRETS",
        description="Master user, from the secret that RDS manages",
        secret_arn=cluster.secret_arn,
        iam_auth="DISABLED" if by_password else "REQUIRED",
        client_password_auth_type=(
            engines.ENGINES[cluster.database.engine].client_password_auth if by_password else None
        ),
    )


def _target(tier: Component, cluster: Cluster, settings: Proxy, proxy: aws.rds.Proxy) -> None:
    name = cluster.database.name
    pool = aws.rds.ProxyDefaultTargetGroup(
        tier.child("proxy", name),
        db_proxy_name=proxy.name,
        connection_pool_config=aws.rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs(
            max_connections_percent=settings.max_connections_percent,
            # RDS's own proportion: half of the pool stays open for the next wave.
            max_idle_connections_percent=settings.max_connections_percent // 2,
            connection_borrow_timeout=BORROW_TIMEOUT,
        ),
        opts=tier.opts(parent=proxy),
    )
    aws.rds.ProxyTarget(
        tier.child("proxy", name),
        db_proxy_name=proxy.name,
        target_group_name=pool.name,
        db_cluster_identifier=cluster.cluster.id,
        opts=tier.opts(parent=proxy, depends_on=cluster.instances),
    )


def _read_endpoint(
    tier: Component, args: DataTierArgs, cluster: Cluster, proxy: aws.rds.Proxy, group: aws.ec2.SecurityGroup
) -> pulumi.Output[str]:
    """Endpoint for reads: one that leads to readers, or the proxy itself where there are none."""
    if not engines.has_readers(cluster.database):
        return proxy.endpoint
    physical = args.site.named(cluster.database.name, "read")
    endpoint = aws.rds.ProxyEndpoint(
        tier.child("proxy", cluster.database.name, "read"),
        db_proxy_name=proxy.name,
        db_proxy_endpoint_name=physical,
        target_role="READ_ONLY",
        vpc_subnet_ids=args.network.data_subnet_ids,
        vpc_security_group_ids=[group.id],
        tags=tier.tags("restricted", physical),
        opts=tier.opts(parent=proxy),
    )
    return endpoint.endpoint


def _role(tier: Component, args: DataTierArgs, cluster: Cluster) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """The role that reads this cluster's master secret, and nothing else."""
    site, name = args.site, cluster.database.name
    physical = site.named(name, "proxy")
    role = aws.iam.Role(
        tier.child("proxy", name),
        name=physical,
        description=f"Lets the RDS Proxy of {name} read the database's secret",
        # The trust policy that AWS documents for proxies has no condition.
        assume_role_policy=iam.trust("rds.amazonaws.com", account_id=site.account_id, names_source=False),
        tags=tier.tags(name=physical),
        opts=tier.opts(),
    )
    policy = aws.iam.RolePolicy(
        tier.child("proxy", name),
        name="read-secret",
        role=role.name,
        policy=iam.document(
            # RDS names the secret after the cluster's resource id, known only afterwards; the tag that RDS puts on it
            # names the one cluster.
            iam.statement(
                "ReadMasterSecret",
                ["secretsmanager:GetSecretValue"],
                [site.arn("secretsmanager", "secret:rds!cluster-*")],
                condition={
                    "StringEquals": {
                        "secretsmanager:ResourceTag/aws:rds:primaryDBClusterArn": site.arn(
                            "rds", f"cluster:{cluster.identifier}"
                        )
                    }
                },
            ),
            iam.statement(
                "DecryptMasterSecret",
                ["kms:Decrypt"],
                [site.arn("kms", "key/*")],
                condition={
                    "ForAnyValue:StringEquals": {"kms:ResourceAliases": args.keys.data.alias_name},
                    "StringEquals": {"kms:ViaService": site.endpoint("secretsmanager", site.region)},
                },
            ),
        ),
        opts=tier.opts(parent=role),
    )
    return role, policy


def _connect_arn(args: DataTierArgs, proxy: aws.rds.Proxy) -> pulumi.Output[str]:
    # The proxy's ARN ends in its resource id, prx-….
    return proxy.arn.apply(lambda arn: args.site.arn("rds-db", f"dbuser:{arn.rpartition(':')[2]}/{MASTER_USERNAME}"))
