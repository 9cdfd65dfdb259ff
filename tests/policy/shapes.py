"""Stacks that take so much of one quota: things, parts of a thing, children of a parent, texts of a size."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from policy.pack.resource import Resource

FEW: Final = 3
"""A limit so low that a stack at it is easily made; no counter takes less of anything to start with."""
PERMISSION: Final = 320
"""Bytes that a permission takes of its function's policy, its own words apart."""
Shape = Callable[[int], list[Resource]]


def made(token: str, name: str, /, **props: Any) -> Resource:
    return Resource(token, name, props, urn=f"urn:pulumi:prod::shop::{token}::{name}")


def each(token: str, **props: Any) -> Shape:
    """So many resources."""
    return lambda count: [made(token, f"it-{number}", **props) for number in range(count)]


def listed(token: str, path: str, item: Any = "one", **props: Any) -> Shape:
    """One resource with so many items at a path."""
    return lambda count: [made(token, "it", **nested(path, [item] * count), **props)]


def number(token: str, path: str, **props: Any) -> Shape:
    return lambda count: [made(token, "it", **nested(path, count), **props)]


def text(token: str, path: str, **props: Any) -> Shape:
    return lambda count: [made(token, "it", **nested(path, "x" * count), **props)]


def nested(path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    return {first: nested(rest, value) if rest else value}


def children(parent: str, child: str, path: str, **props: Any) -> Shape:
    """A parent and so many that name it."""

    def shape(count: int) -> list[Resource]:
        own = [made(child, f"its-{number}", **nested(path, "the-parent"), **props) for number in range(count)]
        return [made(parent, "it", id="the-parent", arn="the-parent", name="the-parent"), *own]

    return shape


def rules(token: str, **props: Any) -> Shape:
    return children("aws:ec2/securityGroup:SecurityGroup", token, "securityGroupId", **props)


def interface(count: int) -> list[Resource]:
    group = rules("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", cidrIpv4="10.0.0.0/8")(count)
    return [*group, made("aws:lb/loadBalancer:LoadBalancer", "balancer", securityGroups=["the-parent"])]


def acl(count: int) -> list[Resource]:
    rules = children(
        "aws:ec2/networkAcl:NetworkAcl",
        "aws:ec2/networkAclRule:NetworkAclRule",
        "networkAclId",
        egress=False,
        cidrBlock="10.0.0.0/8",
    )
    return rules(count - 1)  # the deny that ends every list is one


def gateways(count: int) -> list[Resource]:
    subnet = made("aws:ec2/subnet:Subnet", "subnet", id="subnet-1", availabilityZone="ap-south-1a")
    return [subnet, *each("aws:ec2/natGateway:NatGateway", subnetId="subnet-1")(count)]


def blocks(count: int) -> list[Resource]:
    token = "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation"
    return children("aws:ec2/vpc:Vpc", token, "vpcId")(count - 1)


def balanced(token: str) -> Shape:
    def shape(count: int) -> list[Resource]:
        balancer = made("aws:lb/loadBalancer:LoadBalancer", "balancer", arn="balancer")
        listener = made("aws:lb/listener:Listener", "listener", arn="listener", loadBalancerArn="balancer")
        return [balancer, listener, *each(token, listenerArn="listener")(count)]

    return shape


def forwarded(count: int) -> list[Resource]:
    groups = [
        made("aws:lb/targetGroup:TargetGroup", f"group-{number}", arn=f"group-{number}") for number in range(count)
    ]
    actions = [{"type": "forward", "targetGroupArn": group.name} for group in groups]
    balancer = made("aws:lb/loadBalancer:LoadBalancer", "balancer", arn="balancer")
    return [
        balancer,
        *groups,
        made("aws:lb/listener:Listener", "on", loadBalancerArn="balancer", defaultActions=actions),
    ]


def fleet(provider: str) -> Shape:
    def shape(count: int) -> list[Resource]:
        return [
            made("aws:ecs/taskDefinition:TaskDefinition", "task", arn="task", cpu="1024"),
            made(
                "aws:ecs/service:Service",
                "service",
                name="ui",
                cluster="shop",
                taskDefinition="task",
                desiredCount=count,
                capacityProviderStrategies=[{"capacityProvider": provider, "weight": 1}],
            ),
        ]

    return shape


def instances(**props: Any) -> Shape:
    return each("aws:ec2/instance:Instance", instanceType="m7g.medium", **props)


def reserved(count: int) -> list[Resource]:
    return [made("aws:lambda/function:Function", "it", reservedConcurrentExecutions=count)] if count > FEW else []


def readers(count: int) -> list[Resource]:
    token = "aws:rds/clusterInstance:ClusterInstance"
    return children("aws:rds/cluster:Cluster", token, "clusterIdentifier")(count + 1)


def tasks(count: int) -> list[Resource]:
    return [made("aws:ecs/service:Service", "it", name="ui", cluster="shop", desiredCount=count)]


def composites(count: int) -> list[Resource]:
    return each("aws:cloudwatch/compositeAlarm:CompositeAlarm", alarmRule='ALARM("errors")')(count)


def alarms(count: int) -> list[Resource]:
    rule = " OR ".join(f'ALARM("errors-{number}")' for number in range(count))
    return [made("aws:cloudwatch/compositeAlarm:CompositeAlarm", "it", alarmRule=rule)]


def document(token: str, path: str, body: Callable[[int], Any], **props: Any) -> Shape:
    return lambda count: [made(token, "it", **nested(path, json.dumps(body(count))), **props)]


def dashboard(widgets: Callable[[int], list[Any]]) -> Shape:
    return document("aws:cloudwatch/dashboard:Dashboard", "dashboardBody", lambda count: {"widgets": widgets(count)})


def graph(metrics: int) -> dict[str, Any]:
    return {"type": "metric", "properties": {"metrics": [["AWS/ECS", "CPU"]] * metrics}}


def connected(count: int) -> list[Resource]:
    namespace = made("aws:servicediscovery/httpNamespace:HttpNamespace", "namespace", arn="namespace")
    return [
        namespace,
        *each("aws:ecs/service:Service", serviceConnectConfiguration={"enabled": True, "namespace": "namespace"})(
            count
        ),
    ]


def event_targets(count: int) -> list[Resource]:
    return children("aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget", "rule")(count)


def conditions(values: list[str]) -> list[dict[str, Any]]:
    return [{"pathPattern": {"values": values}}]
