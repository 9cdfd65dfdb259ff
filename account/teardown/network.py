"""The stack's VPC: endpoints, load balancers, network interfaces and groups that AWS's services have put into it.

EC2 deletes neither a subnet with a network interface nor a VPC with a security group. Whatever the stack itself has
made carries its tags and is left to `pulumi destroy`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import ClientError

from account.teardown.cloud import Cloud
from account.teardown.step import TeardownStep

_GUARDDUTY: Final = "guardduty-data"
"""End of the service name of the endpoint that GuardDuty's agents report to (GuardDuty user guide)."""
GROUPS: Final = ("GuardDutyManagedSecurityGroup", "CloudFront-VPCOrigins-Service-SG", "k8s-")
"""Starts of the names of groups that GuardDuty, CloudFront's VPC origins and EKS's load balancing make."""
_OF_KUBERNETES: Final = ("elbv2.k8s.aws/cluster", "eks:eks-cluster-name")
"""Tags of load balancers that EKS makes for objects in its cluster."""
_IN_USE: Final = "DependencyViolation"


def steps(cloud: Cloud) -> Iterator[TeardownStep]:
    for vpc in cloud.listed("ec2", "describe_vpcs", "Vpcs", Filters=cloud.filters):
        place = vpc["VpcId"]
        yield from _balancers(cloud, place)
        yield from _endpoints(cloud, place)
        yield from _interfaces(cloud, place)
        yield from _groups(cloud, place)


def _inside(cloud: Cloud, operation: str, found: str, vpc: str, **more: Sequence[str]) -> list[Mapping[str, Any]]:
    """Resources in the VPC that are not the stack's own."""
    filters = [{"Name": name.replace("_", "-"), "Values": list(values)} for name, values in more.items()]
    listed = cloud.listed("ec2", operation, found, Filters=[{"Name": "vpc-id", "Values": [vpc]}, *filters])
    return [one for one in listed if not cloud.owns(one.get("Tags", one.get("TagSet", [])))]


def _balancers(cloud: Cloud, vpc: str) -> Iterator[TeardownStep]:
    elb = cloud.client("elbv2")
    for one in cloud.listed("elbv2", "describe_load_balancers", "LoadBalancers"):
        if one["VpcId"] != vpc:
            continue
        [described] = elb.describe_tags(ResourceArns=[one["LoadBalancerArn"]])["TagDescriptions"]
        tags = described["Tags"]
        if not cloud.owns(tags) and any(tag["Key"] in _OF_KUBERNETES for tag in tags):
            yield TeardownStep(
                what=f"delete the load balancer {one['LoadBalancerName']}, which EKS has made",
                why="its interfaces hold the subnets",
                advance=_deleting(elb.delete_load_balancer, LoadBalancerArn=one["LoadBalancerArn"]),
            )


def _endpoints(cloud: Cloud, vpc: str) -> Iterator[TeardownStep]:
    ec2 = cloud.client("ec2")
    for one in _inside(cloud, "describe_vpc_endpoints", "VpcEndpoints", vpc):
        name = one["VpcEndpointId"]
        if one["ServiceName"].endswith(_GUARDDUTY) and one["State"].lower() not in ("deleting", "deleted"):
            yield TeardownStep(
                what=f"delete the endpoint {name}, which GuardDuty has made",
                why="its interfaces hold the subnets",
                advance=_deleting(ec2.delete_vpc_endpoints, VpcEndpointIds=[name]),
            )


def _interfaces(cloud: Cloud, vpc: str) -> Iterator[TeardownStep]:
    ec2 = cloud.client("ec2")
    for one in _inside(cloud, "describe_network_interfaces", "NetworkInterfaces", vpc, status=["available"]):
        name = one["NetworkInterfaceId"]
        yield TeardownStep(
            what=f"delete the network interface {name}, which nothing uses ({one.get('Description') or 'no words'})",
            why="it holds its subnet",
            advance=_deleting(ec2.delete_network_interface, NetworkInterfaceId=name),
        )


def _groups(cloud: Cloud, vpc: str) -> Iterator[TeardownStep]:
    ec2 = cloud.client("ec2")
    for one in _inside(cloud, "describe_security_groups", "SecurityGroups", vpc):
        if not one["GroupName"].startswith(GROUPS):
            continue
        users = _inside(cloud, "describe_network_interfaces", "NetworkInterfaces", vpc, group_id=[one["GroupId"]])
        if one["GroupName"].startswith(GROUPS[1]) and users:
            continue  # until `pulumi destroy` has deleted the VPC origin, CloudFront's interfaces are in it
        yield TeardownStep(
            what=f"delete the security group {one['GroupName']} ({one['GroupId']})",
            why="it holds the VPC",
            advance=_deleting(ec2.delete_security_group, GroupId=one["GroupId"]),
        )


def _deleting(delete: Callable[..., Any], **what: Any) -> Callable[[], bool]:
    """Deletes until it is gone: AWS refuses what is still in use, and does not find what it has deleted."""

    def advance() -> bool:
        try:
            delete(**what)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == _IN_USE or code.endswith(".InUse"):
                return False
            if not code.endswith(("NotFound", "NotFoundException")):
                raise
        return True

    return advance
