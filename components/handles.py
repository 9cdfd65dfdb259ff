"""Handles: a component's outputs about a resource, so that others can use it without knowing the component."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi


@dataclass(frozen=True, kw_only=True)
class KeyHandle:
    """A customer-managed KMS key. `arn` follows from the key itself, so whatever uses it depends on the key."""

    key_id: pulumi.Output[str]
    arn: pulumi.Output[str]
    alias_name: str
    """For example `alias/saleday-prod-data`; IAM documents scope by it (`kms:ResourceAliases`)."""


@dataclass(frozen=True, kw_only=True)
class KeyRing:
    """The keys by domain."""

    data: KeyHandle
    logs: KeyHandle
    edge: KeyHandle
    """In us-east-1, for the logs of CloudFront's web ACL."""
    delivery: KeyHandle


@dataclass(frozen=True, kw_only=True)
class NetworkHandle:
    """A VPC as the other tiers see it; lists are in the order of the zones."""

    vpc_id: pulumi.Output[str]
    cidr: str
    public_subnet_ids: list[pulumi.Output[str]]
    app_subnet_ids: list[pulumi.Output[str]]
    data_subnet_ids: list[pulumi.Output[str]]
    app_cidrs: tuple[str, ...]
    endpoints_security_group_id: pulumi.Output[str]
    """Security group of the interface endpoints; admits HTTPS from the app subnets."""
    s3_prefix_list_id: pulumi.Output[str]
    dynamodb_prefix_list_id: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class BucketHandle:
    name: str
    """Physical name, known at preview."""
    arn: str
    bucket: pulumi.Output[str]
    """The same name, as an output that depends on the bucket."""
    regional_domain_name: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class IpSetHandle:
    """A WAF IP set of the CLOUDFRONT scope, which lives in us-east-1."""

    name: str
    ip_set_id: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class EdgeHandle:
    """The way in, as services and alarms see it."""

    listener_arn: pulumi.Output[str]
    """Listener that carries the shop's traffic; services add their rules to it."""
    load_balancer_security_group_id: pulumi.Output[str]
    load_balancer_arn_suffix: pulumi.Output[str]
    """Id of the load balancer in CloudWatch and request-count scaling: `app/<name>/<id>`."""
    load_balancer_arn: pulumi.Output[str]
    load_balancer_name: str
    """Physical name, known at preview."""
    distribution_id: pulumi.Output[str]
    url: pulumi.Output[str]
    """`https://` and the shop's name."""
    web_acl_names: Mapping[str, str]
    """`CLOUDFRONT` and `REGIONAL` to the web ACL's name, which is its metric name too."""
    response_ip_sets: Mapping[str, IpSetHandle] = field(default_factory=dict)
    """`v4` and `v6`: addresses that the incident response blocks at the edge."""


@dataclass(frozen=True, kw_only=True)
class KubernetesHandle:
    """An EKS cluster with the Kubernetes objects to deploy, for the delivery component.

    Its API is reachable only from inside the VPC, by groups that `security_group_id` admits on 443. An access
    entry of the cluster defines the permissions of the role.
    """

    cluster_name: str
    cluster_arn: str
    """Known at preview."""
    cluster: pulumi.Output[str]
    """The cluster's name, as an output that depends on it."""
    security_group_id: pulumi.Output[str]
    namespace: str
    manifests_bucket: str
    """Physical name of the bucket of the objects."""
    manifests_bucket_arn: str
    manifests: Mapping[str, str]
    """Object key of each service's YAML file; `platform` has the common objects and comes first."""


@dataclass(frozen=True, kw_only=True)
class ServiceHandle:
    """One running service, as alarms and dashboards see it."""

    name: str
    service_name: str
    """Physical name: the ECS service's, and the one that its traces carry."""
    log_group_name: str
    task_role_arn: str
    """Role of its own code: the task's, or the pods'."""
    execution_role_arn: str | None
    """Role that ECS starts the tasks with; None for pods."""
    min_tasks: int
    max_tasks: int
    availability_percent: float
    latency_p99: int
    """Milliseconds."""
    target_group_arn_suffix: pulumi.Output[str] | None = None
    """`targetgroup/<name>/<id>`; None for internal services."""
    alternate_target_group_arn_suffix: pulumi.Output[str] | None = None
    """The second one, where deployments move traffic from one to the other and the next one back."""
    backlog_queue: str | None = None
    """Setting's name of the queue that the service works off."""
    namespace: str | None = None
    """Kubernetes namespace that its pods run in; None for tasks of ECS."""
    discovery_name: str | None = None
    """Service Connect's discovery name, which its traffic metrics are keyed by across all clusters of the account:
    hence a physical name (`<project>-<stack>-<service>`). None where the service offers none."""
