"""`before-destroy` against Moto: tells what stands in the way of a destroy, and does that alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws

from account.preflight.credentials import NoCredentials
from account.teardown import databases, logs, step
from account.teardown.step import Stuck, TeardownStep, carry_out
from devtools.recording.programs import recorded
from saleday import before_destroy as command
from saleday.__main__ import main
from saleday.shared import UNMET

REGION = "ap-south-1"
OURS = [{"Key": "Project", "Value": "saleday"}, {"Key": "Stack", "Value": "dev"}]
THEIRS = [{"Key": "Project", "Value": "saleday"}, {"Key": "Stack", "Value": "dev-2"}]
ADDED = f"{databases.ADDED}0b2a"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moto's account, and the program of dev as it was recorded before."""
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setattr(command, "run", lambda stack, account_id: recorded(stack))
    monkeypatch.setattr(step, "POLL", 0)
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)


def cluster(name: str, tags: list[dict[str, str]], *readers: str) -> None:
    rds = client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-mysql",
        MasterUsername="shopmaster",
        MasterUserPassword="not-a-secret-1",
        Tags=tags,
    )
    for reader in (f"{name}-a", *readers):
        rds.create_db_instance(
            DBInstanceIdentifier=reader,
            DBInstanceClass="db.r7g.large",
            Engine="aurora-mysql",
            DBClusterIdentifier=name,
        )


def instances() -> set[str]:
    return {one["DBInstanceIdentifier"] for one in client("rds").describe_db_instances()["DBInstances"]}


def status(name: str) -> str:
    return client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]["Status"]


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list[str]]:
    code = main(["before-destroy", "--stack", "dev", *arguments])
    return code, capsys.readouterr().out.splitlines()


def test_an_account_without_leftovers_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys) == (0, ["nothing to do: pulumi destroy -s dev"])


def test_a_stopped_cluster_is_started_on_demand_and_no_other_stacks(capsys: pytest.CaptureFixture[str]) -> None:
    cluster("saleday-dev-catalog", OURS)
    cluster("saleday-dev-2-catalog", THEIRS)
    for name in ("saleday-dev-catalog", "saleday-dev-2-catalog"):
        client("rds").stop_db_cluster(DBClusterIdentifier=name)
    code, lines = told(capsys)
    assert code == UNMET
    assert lines == [
        "to do: start the cluster saleday-dev-catalog; RDS deletes no instance of a stopped cluster",
        "WRITE=1 does it",
    ]
    assert status("saleday-dev-catalog") == "stopped", "nothing is done unasked"
    assert told(capsys, "--write", "1")[0] == 0
    assert (status("saleday-dev-catalog"), status("saleday-dev-2-catalog")) == ("available", "stopped")
    assert told(capsys, "--write", "1") == (0, ["nothing to do: pulumi destroy -s dev"])


def test_readers_that_autoscaling_added_go_and_are_not_added_again(capsys: pytest.CaptureFixture[str]) -> None:
    cluster("saleday-dev-orders", OURS, ADDED)
    cluster("theirs", THEIRS, f"{databases.ADDED}9999")
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="rds",
        ResourceId="cluster:saleday-dev-orders",
        ScalableDimension="rds:cluster:ReadReplicaCount",
        MinCapacity=1,
        MaxCapacity=8,
    )
    assert "delete 1 readers that autoscaling has added to saleday-dev-orders" in told(capsys)[1][0]
    assert told(capsys, "--write", "1")[0] == 0
    assert instances() == {"saleday-dev-orders-a", "theirs-a", f"{databases.ADDED}9999"}
    targets = client("application-autoscaling").describe_scalable_targets(ServiceNamespace="rds")
    assert targets["ScalableTargets"] == []


def network() -> tuple[str, str]:
    """A VPC of the stack with a subnet."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=OURS)
    return vpc, ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]


def test_what_aws_has_put_into_the_vpc_goes_and_the_stacks_own_stays(capsys: pytest.CaptureFixture[str]) -> None:
    ec2 = client("ec2")
    vpc, subnet = network()
    managed = ec2.create_security_group(
        GroupName=f"GuardDutyManagedSecurityGroup-{vpc}", Description="GuardDuty", VpcId=vpc
    )["GroupId"]
    own = ec2.create_security_group(GroupName="saleday-dev-ui", Description="ui", VpcId=vpc)["GroupId"]
    strange = ec2.create_security_group(GroupName="somebody", Description="made by hand", VpcId=vpc)["GroupId"]
    ec2.create_tags(Resources=[own], Tags=OURS)
    left = ec2.create_network_interface(SubnetId=subnet, Description="AWS Lambda VPC ENI-x", Groups=[managed])
    kept = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ec2.create_tags(Resources=[kept], Tags=OURS)
    for service in ("guardduty-data", "ecr.api"):
        ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", VpcEndpointType="Interface", SubnetIds=[subnet]
        )
    code, lines = told(capsys)
    assert code == UNMET
    kinds = [line.removeprefix("to do: delete the ").split(" ")[0] for line in lines[:-1]]
    assert list(dict.fromkeys(kinds)) == ["endpoint", "network", "security"], "what holds a group goes before it"
    assert (kinds.count("endpoint"), kinds.count("security")) == (1, 1)
    assert told(capsys, "--write", "1")[0] == 0
    groups = {one["GroupId"] for one in ec2.describe_security_groups()["SecurityGroups"]}
    assert {own, strange} <= groups
    assert managed not in groups
    interfaces = {one["NetworkInterfaceId"] for one in ec2.describe_network_interfaces()["NetworkInterfaces"]}
    assert kept in interfaces
    assert left["NetworkInterface"]["NetworkInterfaceId"] not in interfaces
    alive = [one for one in ec2.describe_vpc_endpoints()["VpcEndpoints"] if one["State"] != "deleted"]
    assert [one["ServiceName"].rpartition(".")[2] for one in alive] == ["api"]
    assert told(capsys) == (0, ["nothing to do: pulumi destroy -s dev"])


def test_a_load_balancer_that_eks_made_goes_and_the_shops_stays(capsys: pytest.CaptureFixture[str]) -> None:
    vpc, subnet = network()
    elb, ec2 = client("elbv2"), client("ec2")
    other = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=f"{REGION}b")["Subnet"]["SubnetId"]
    made = [{"Key": "eks:eks-cluster-name", "Value": "saleday-dev"}]
    for name, tags in (("shop", OURS), ("k8s-shop", made), ("both", [*OURS, *made])):
        elb.create_load_balancer(Name=name, Subnets=[subnet, other], Tags=tags)
    assert told(capsys, "--write", "1")[0] == 0
    assert {one["LoadBalancerName"] for one in elb.describe_load_balancers()["LoadBalancers"]} == {"shop", "both"}


def test_log_groups_that_came_back_go_and_those_of_the_state_stay(capsys: pytest.CaptureFixture[str]) -> None:
    cloudwatch = client("logs")
    names = [str(one.inputs["name"]) for one in recorded("dev").of(logs.LOG_GROUP) if not one.provider]
    cloudwatch.create_log_group(logGroupName=names[0])
    cloudwatch.create_log_group(logGroupName=names[1], tags={"Project": "saleday", "Stack": "dev"})
    cloudwatch.create_log_group(logGroupName=f"{names[0]}-2")
    assert told(capsys, "--write", "1")[0] == 0
    left = {one["logGroupName"] for one in cloudwatch.describe_log_groups()["logGroups"]}
    assert left == {names[1], f"{names[0]}-2"}


def test_production_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["before-destroy", "--stack", "prod"]) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("saleday:production: a production stack is protected (got true); set it to false")


def test_an_unknown_stack_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["before-destroy", "--stack", "nosuch"]) == 1
    assert capsys.readouterr().err.startswith("STACK: there is no Pulumi.nosuch.yaml (got nosuch)")


def test_what_is_not_allowed_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    usual = BaseClient._make_api_call

    def denied(self: BaseClient, operation: str, arguments: Any) -> Any:
        if operation == "DescribeDBClusters":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)
        return usual(self, operation, arguments)

    with mock.patch.object(BaseClient, "_make_api_call", denied):
        assert main(["before-destroy", "--stack", "dev"]) == 1
    *_, line = capsys.readouterr().err.splitlines()
    assert line.startswith("DescribeDBClusters: AWS refuses it (AccessDenied); give these credentials the right")


def test_without_credentials_one_line_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "signed_in", mock.Mock(side_effect=NoCredentials("no AWS credentials; sign in")))
    assert main(["before-destroy", "--stack", "dev"]) == 1
    assert capsys.readouterr().err.splitlines() == ["no AWS credentials; sign in"]


def test_a_step_that_takes_a_while_is_waited_for_and_one_without_end_is_told() -> None:
    answers = iter((False, False, True))
    said: list[str] = []
    carry_out(TeardownStep(what="start it", why="", advance=lambda: next(answers)), said.append, poll=0)
    assert next(answers, None) is None
    with pytest.raises(Stuck, match="start it: not done after 0 minutes"):
        carry_out(TeardownStep(what="start it", why="", advance=lambda: False), said.append, poll=0, longest=0)
