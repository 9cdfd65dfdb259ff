"""OpenSearch domains in the data subnets: encrypted with the data key, TLS only, every caller signed in by IAM.

There is no password: the domain's master is the role of a function that grants each service its own role's access
(fine-grained access control), which no IAM policy could narrow to indices.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.functions import Code, FunctionPlace, python_function
from components.handles import BucketHandle
from components.site import Site
from components.stores import groups, windows
from components.stores.args import DataTierArgs
from components.stores.contract import Built, Listener, Store, Use, Value
from specs.stores import search
from specs.stores.search import MANAGERS, PORT, SearchDomain

TLS_POLICY: Final = "Policy-Min-TLS-1-2-PFS-2023-10"
LOGS: Final = {"audit": "AUDIT_LOGS", "application": "ES_APPLICATION_LOGS"} | {
    f"{what}-slow": f"{what.upper()}_SLOW_LOGS" for what in ("index", "search")
}
_READ: Final = ("es:ESHttpGet", "es:ESHttpHead")
_WRITE: Final = ("es:ESHttpDelete", "es:ESHttpPatch", "es:ESHttpPost", "es:ESHttpPut")
ACTIONS: Final = frozenset({*_READ, *_WRITE})
# Searches that come as POST: in all indices, or in those that the path names.
_SEARCHES: Final = tuple(f"{index}{what}" for index in ("", "*/") for what in ("_count", "_msearch", "_search"))
_ACCESS: Final = "search-access"
_SECURITY_API: Final = "_plugins/_security/api"
TIMEOUT: Final = 120  # seconds: a new domain's address takes a while until it resolves
MEMORY: Final = 256  # MiB


@dataclass(frozen=True, kw_only=True)
class SearchHandle(Store):
    """A domain as services use it."""

    name: str
    arn: str
    endpoint: pulumi.Output[str]
    """Host name, without scheme."""
    security_group_id: pulumi.Output[str]
    physical_name: str
    account_id: str
    """Of which its metrics are."""
    nodes: int
    """All of them, managers included."""
    storage_gb: int
    """Of each data node, in GiB."""
    has_managers: bool = False

    def statements(self, use: Use) -> list[iam.Statement]:
        read = iam.statement(iam.sid("Search", self.name), _READ, [f"{self.arn}/*"])
        if use.access == "readWrite":
            return [read, iam.statement(iam.sid("Index", self.name), _WRITE, [f"{self.arn}/*"])]
        paths = [f"{self.arn}/{path}" for path in _SEARCHES]
        return [read, iam.statement(iam.sid("PostSearch", self.name), ["es:ESHttpPost"], paths)]

    @property
    def listener(self) -> Listener:
        return Listener(security_group_id=self.security_group_id, port=PORT, last_port=PORT)

    def references(self) -> Mapping[str, Value]:
        return {"endpoint": self.endpoint}


def build(tier: Component, args: DataTierArgs, _: BucketHandle) -> Built[SearchHandle]:
    """The domains of the settings, with what lets them write logs and the function that grants access to them."""
    domains = args.data.search
    if not domains:
        return Built(handles={})
    needed: list[pulumi.Resource] = [_log_permission(tier, args)]
    if args.account.search_role == "create":
        needed.append(_linked_role(tier))
    group = groups.security_group(tier, args, "access", "search", "Function that grants access to OpenSearch domains")
    function = _access_function(tier, args, group)
    handles = {}
    for domain in domains:
        handles[domain.name] = _domain(tier, args, domain, group, function, needed)
    return Built(handles=handles)


def _domain(
    tier: Component,
    args: DataTierArgs,
    domain: SearchDomain,
    access_group: aws.ec2.SecurityGroup,
    function: aws.lambda_.Function,
    needed: list[pulumi.Resource],
) -> SearchHandle:
    site, name = args.site, domain.name
    physical = site.named(name)
    arn = site.arn("es", f"domain/{physical}")
    zones = search.zones(len(site.zones))
    group = groups.security_group(tier, args, "search", name, f"OpenSearch domain {name}")
    groups.admit(
        tier, "search", name, "access", client=access_group, store=group, port=PORT, what=f"Access grants to {name}"
    )
    logs = {
        log: groups.log_group(tier, args, "search", name, log, name=f"{_log_prefix(site)}{name}/{log}") for log in LOGS
    }
    resource = aws.opensearch.Domain(
        tier.child("search", name),
        domain_name=physical,
        engine_version=domain.engine_version,
        cluster_config=_cluster(domain, zones),
        ebs_options=aws.opensearch.DomainEbsOptionsArgs(
            ebs_enabled=True, volume_type="gp3", volume_size=domain.storage_gb
        ),
        vpc_options=aws.opensearch.DomainVpcOptionsArgs(
            subnet_ids=args.network.data_subnet_ids[:zones], security_group_ids=[group.id]
        ),
        encrypt_at_rest=aws.opensearch.DomainEncryptAtRestArgs(enabled=True, kms_key_id=args.keys.data.arn),
        node_to_node_encryption=aws.opensearch.DomainNodeToNodeEncryptionArgs(enabled=True),
        domain_endpoint_options=aws.opensearch.DomainDomainEndpointOptionsArgs(
            enforce_https=True, tls_security_policy=TLS_POLICY
        ),
        advanced_security_options=aws.opensearch.DomainAdvancedSecurityOptionsArgs(
            enabled=True,
            internal_user_database_enabled=False,
            master_user_options=aws.opensearch.DomainAdvancedSecurityOptionsMasterUserOptionsArgs(
                master_user_arn=site.iam_arn(f"role/{site.named(_ACCESS)}")
            ),
        ),
        access_policies=_access_policy(site, arn),
        log_publishing_options=[
            aws.opensearch.DomainLogPublishingOptionArgs(cloudwatch_log_group_arn=logs[log].arn, log_type=kind)
            for log, kind in LOGS.items()
        ],
        snapshot_options=aws.opensearch.DomainSnapshotOptionsArgs(
            automated_snapshot_start_hour=windows.snapshot_hour(args.data.backups.hour)
        ),
        software_update_options=aws.opensearch.DomainSoftwareUpdateOptionsArgs(auto_software_update_enabled=True),
        tags=tier.tags("restricted", physical),
        # The function's role is the master of the domain, so it has to be there.
        opts=tier.opts(depends_on=[function, *needed]),
    )
    _grant(tier, args, name, resource, function)
    return SearchHandle(
        name=name,
        arn=arn,
        endpoint=resource.endpoint,
        security_group_id=group.id,
        physical_name=physical,
        account_id=site.account_id,
        nodes=domain.nodes_per_zone * zones + (MANAGERS if domain.manager_type else 0),
        storage_gb=domain.storage_gb,
        has_managers=domain.manager_type is not None,
    )


def _cluster(domain: SearchDomain, zones: int) -> aws.opensearch.DomainClusterConfigArgs:
    managed = domain.manager_type is not None
    spread = aws.opensearch.DomainClusterConfigZoneAwarenessConfigArgs(availability_zone_count=zones)
    return aws.opensearch.DomainClusterConfigArgs(
        instance_type=domain.node_type,
        instance_count=domain.nodes_per_zone * zones,
        zone_awareness_enabled=zones > 1,
        zone_awareness_config=spread if zones > 1 else None,
        dedicated_master_enabled=managed,
        dedicated_master_type=domain.manager_type,
        dedicated_master_count=MANAGERS if managed else None,
    )


def _access_policy(site: Site, arn: str) -> str:
    """Roles of this account, each by its own policy; the domain decides on indices."""
    return iam.document(
        iam.statement("OwnAccount", ["es:ESHttp*"], [f"{arn}/*"], principal={"AWS": site.iam_arn("root")})
    )


def _log_prefix(site: Site) -> str:
    return f"/aws/vendedlogs/opensearch/{site.prefix}/"


def _log_permission(tier: Component, args: DataTierArgs) -> aws.cloudwatch.LogResourcePolicy:
    """Lets the stack's domains write to their log groups."""
    site = args.site
    return aws.cloudwatch.LogResourcePolicy(
        tier.child("search", "logs"),
        policy_name=site.named("search"),
        policy_document=iam.document(
            iam.statement(
                "DomainsWrite",
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                [site.arn("logs", f"log-group:{_log_prefix(site)}*")],
                principal={"Service": "es.amazonaws.com"},
                condition={
                    "StringEquals": {"aws:SourceAccount": site.account_id},
                    "ArnLike": {"aws:SourceArn": site.arn("es", f"domain/{site.prefix}-*")},
                },
            )
        ),
        opts=tier.opts(),
    )


def _linked_role(tier: Component) -> aws.iam.ServiceLinkedRole:
    return aws.iam.ServiceLinkedRole(
        tier.child("search", "linked-role"),
        aws_service_name="opensearchservice.amazonaws.com",
        tags=tier.tags("internal"),
        opts=tier.opts(),
    )


def _access_function(tier: Component, args: DataTierArgs, group: aws.ec2.SecurityGroup) -> aws.lambda_.Function:
    site = args.site
    arns = [f"{site.arn('es', f'domain/{site.named(one.name)}')}/{_SECURITY_API}/*" for one in args.data.search]
    return python_function(
        tier,
        _ACCESS,
        Code(
            module="search_access",
            description="Grants services access to OpenSearch domains",
            timeout=TIMEOUT,
            memory=MEMORY,
            statements=[iam.statement("GrantAccess", ["es:ESHttpPut"], arns)],
            place=FunctionPlace(subnet_ids=args.network.app_subnet_ids, security_group_id=group.id),
        ),
        keys=args.keys,
        log_retention_days=args.log_retention_days,
    )


def _grant(
    tier: Component, args: DataTierArgs, name: str, domain: aws.opensearch.Domain, function: aws.lambda_.Function
) -> None:
    """Calls the function at each change of who uses the domain, and how."""
    site = args.site
    grants: dict[str, list[str]] = {"read": [], "readWrite": []}
    for workload, access in sorted(args.users.get("search", {}).get(name, {}).items()):
        # A task's role, or a pod's: a workload has one of the two, and no role of the other name is anybody else's.
        grants[access] += [site.iam_arn(f"role/{site.named(workload, kind)}") for kind in ("task", "pods")]
    text = domain.endpoint.apply(lambda endpoint: json.dumps({"endpoint": endpoint, **grants}, sort_keys=True))
    aws.lambda_.Invocation(
        tier.child("search", name, "access"),
        function_name=function.name,
        input=text,
        opts=tier.opts(parent=function, depends_on=[domain]),
    )
