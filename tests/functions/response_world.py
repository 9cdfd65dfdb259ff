"""An account under attack, in Moto: an instance of a group, a service's task, their roles, the edge's IP sets."""

from __future__ import annotations

import contextlib
import functools
import json
import os
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, Final
from unittest import mock

import boto3
from moto import mock_aws

from functions import response_act, response_plan

REGION: Final = "ap-south-1"
FINDINGS: Final = Path(__file__).parent / "findings"
INSTANCE: Final = "i-0123456789abcdef0"
"""The instance of the finding documents; `World.event` puts the world's own in its place."""
TASK: Final = "arn:aws:ecs:ap-south-1:123456789012:task/saleday-prod/0123456789abcdef0123456789abcdef"
ATTACKER: Final = "45.155.205.233"
EXECUTION: Final = "arn:aws:states:ap-south-1:123456789012:execution:saleday-prod-response:1"
OPT_OUT: Final = {"Key": "IncidentResponse", "Value": "off"}
REVOCABLE: Final = ("saleday-prod-cart-task", "saleday-prod-hosts", "saleday-prod-operator")
TRUST: Final = json.dumps({"Version": "2012-10-17", "Statement": []})


@functools.cache
def clients() -> dict[str, Any]:
    """Made once: making clients takes longer than what the tests do with them."""
    made = {name: boto3.client(name, region_name=REGION) for name in ("ec2", "ecs", "iam", "autoscaling")}
    return made | {"wafv2": boto3.client("wafv2", region_name="us-east-1")}


class Ec2:
    """Moto's EC2, but that an interface's groups are all that count: Moto adds those the instance was started with."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def modify_network_interface_attribute(self, **call: Any) -> Any:
        [interface] = self._client.describe_network_interfaces(NetworkInterfaceIds=[call["NetworkInterfaceId"]])[
            "NetworkInterfaces"
        ]
        instance = interface["Attachment"]["InstanceId"]
        self._client.modify_instance_attribute(InstanceId=instance, Groups=call["Groups"])
        return self._client.modify_network_interface_attribute(**call)


class World:
    """AWS as far as the response sees it."""

    def __init__(self) -> None:
        self.clients = {**clients(), "ec2": Ec2(clients()["ec2"])}
        self.ec2, self.ecs, self.iam = (self.clients[name] for name in ("ec2", "ecs", "iam"))
        self.autoscaling, self.wafv2 = self.clients["autoscaling"], self.clients["wafv2"]
        self.vpc = self.ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        self.subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.20.0.0/20")["Subnet"]["SubnetId"]
        self.hosts = self._group("hosts", "service")
        self.edge = self._group("balancer", "edge")
        self.quarantine = self._group("quarantine", "security")
        for role in REVOCABLE:
            self.iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
        self.iam.create_instance_profile(InstanceProfileName="saleday-prod-hosts")
        self.iam.add_role_to_instance_profile(InstanceProfileName="saleday-prod-hosts", RoleName="saleday-prod-hosts")

    def _group(self, name: str, tier: str) -> str:
        made = self.ec2.create_security_group(GroupName=f"saleday-prod-{name}", Description=name, VpcId=self.vpc)
        group: str = made["GroupId"]
        self.ec2.create_tags(Resources=[group], Tags=[{"Key": "Tier", "Value": tier}])
        return group

    @functools.cached_property
    def instance(self) -> str:
        """An instance of an Auto Scaling group."""
        template = {
            "ImageId": "ami-0123456789abcdef0",
            "InstanceType": "m7g.large",
            "SecurityGroupIds": [self.hosts],
            "IamInstanceProfile": {"Name": "saleday-prod-hosts"},
        }
        self.ec2.create_launch_template(LaunchTemplateName="hosts", LaunchTemplateData=template)
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName="saleday-prod-hosts",
            LaunchTemplate={"LaunchTemplateName": "hosts"},
            MinSize=1,
            MaxSize=3,
            DesiredCapacity=1,
            VPCZoneIdentifier=self.subnet,
        )
        instance = self.members()[0]
        # Moto's Auto Scaling groups leave the profile out.
        self.ec2.associate_iam_instance_profile(InstanceId=instance, IamInstanceProfile={"Name": "saleday-prod-hosts"})
        return instance

    @functools.cached_property
    def task(self) -> str:
        """ARN of a task on Fargate."""
        self.ecs.create_cluster(clusterName="saleday-prod")
        self.ecs.register_task_definition(
            family="saleday-prod-cart",
            taskRoleArn="arn:aws:iam::123456789012:role/saleday-prod-cart-task",
            networkMode="awsvpc",
            containerDefinitions=[{"name": "cart", "image": "cart:1", "memory": 512}],
        )
        started = self.ecs.run_task(
            cluster="saleday-prod",
            taskDefinition="saleday-prod-cart",
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": [self.subnet], "securityGroups": [self.hosts]}},
        )
        task: str = started["tasks"][0]["taskArn"]
        return task

    @functools.cached_property
    def ip_sets(self) -> dict[str, dict[str, str]]:
        """The IP sets that a response blocks addresses in."""
        return {family: self._ip_set(family) for family in ("v4", "v6")}

    def _ip_set(self, family: str) -> dict[str, str]:
        name = f"saleday-prod-response-{family}"
        made = self.wafv2.create_ip_set(
            Name=name, Scope="CLOUDFRONT", IPAddressVersion=f"IP{family.upper()}", Addresses=[]
        )
        return {"name": name, "id": made["Summary"]["Id"]}

    def members(self) -> list[str]:
        """Instances that the Auto Scaling group leads."""
        [group] = self.autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return [one["InstanceId"] for one in group["Instances"]]

    def groups_of(self, instance: str) -> list[str]:
        attached = [{"Name": "attachment.instance-id", "Values": [instance]}]
        interfaces = self.ec2.describe_network_interfaces(Filters=attached)["NetworkInterfaces"]
        return [group["GroupId"] for interface in interfaces for group in interface["Groups"]]

    def blocked(self, family: str = "v4") -> list[str]:
        known = self.ip_sets[family]
        answer = self.wafv2.get_ip_set(Name=known["name"], Id=known["id"], Scope="CLOUDFRONT")
        addresses: list[str] = answer["IPSet"]["Addresses"]
        return addresses

    def event(self, name: str, **detail: Any) -> dict[str, Any]:
        """EventBridge's event of a finding document, about this world's instance and task; `detail` overrides."""
        text = (FINDINGS / f"{name}.json").read_text(encoding="utf-8")
        text = text.replace(INSTANCE, self.instance) if INSTANCE in text else text
        event: dict[str, Any] = json.loads(text.replace(TASK, self.task) if TASK in text else text)
        event["detail"].update(detail)
        return event

    def planner(self, *, armed: bool = True, never_blocked: tuple[str, ...] = ()) -> response_plan.Planner:
        variables = {
            "ARMED": json.dumps(armed),
            "REVOCABLE_ROLES": json.dumps(REVOCABLE),
            "NEVER_BLOCKED": json.dumps(never_blocked),
            "DECIDE_FUNCTION": "saleday-prod-response-decide",
        }
        return response_plan.Planner(response_plan.Rules.read(variables), ec2=self.ec2, ecs=self.ecs, iam=self.iam)

    def plan(self, event: Mapping[str, Any], *, armed: bool = True, never_blocked: tuple[str, ...] = ()) -> Any:
        return self.planner(armed=armed, never_blocked=never_blocked).answer(event, EXECUTION)

    def responder(self, *, armed: bool = True) -> response_act.Responder:
        variables = {
            "ARMED": json.dumps(armed),
            "QUARANTINE_GROUP": self.quarantine,
            "REVOCABLE_ROLES": json.dumps(REVOCABLE),
            "IP_SETS": json.dumps(self.ip_sets),
            "TAGS": json.dumps({"Project": "saleday", "Stack": "prod", "Keep": "true"}),
        }
        return response_act.Responder(response_act.Rules.read(variables), self.clients, sleep=lambda _: None)

    def answer(self, event: Mapping[str, Any]) -> list[response_act.Outcome]:
        """Plan and take every step, as an approved response does."""
        responder = self.responder()
        return [responder.take(step) for step in self.plan(event)["steps"]]


@contextlib.contextmanager
def world() -> Generator[World]:
    # Moto's five thousand images take a second to load, and nobody here looks at them.
    with mock.patch.dict(os.environ, {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}), mock_aws():
        yield World()
