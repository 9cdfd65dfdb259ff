"""The recording monitor of the unit tests: it must notice what a real engine and a real provider would."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_awsx as awsx
import pytest

from devtools.recording.monitor import DuplicateUrn, InvalidInputs
from devtools.recording.recorded import Recorded
from devtools.recording.recorder import record
from devtools.rehearsal.plugins.wire import UNKNOWN


class Shop(pulumi.ComponentResource):
    """Two levels of children, one of them secret."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("saleday:data:Shop", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        bucket = aws.s3.Bucket(f"{name}-media", bucket="shop-media", opts=inside)
        below = pulumi.ResourceOptions(parent=bucket, ignore_changes=["bucket"], protect=True)
        aws.s3.BucketVersioning(
            f"{name}-media", bucket=bucket.id, versioning_configuration={"status": "Enabled"}, opts=below
        )
        aws.rds.Cluster(
            f"{name}-orders",
            cluster_identifier="orders",
            engine="aurora-mysql",
            master_password=pulumi.Output.secret("hunter2"),
            opts=inside,
        )
        self.arn = bucket.arn
        self.register_outputs({"arn": self.arn})


@pytest.fixture(scope="module")
def shop() -> Recorded:
    def program() -> None:
        pulumi.export("arn", Shop("data").arn)

    return record(program)


def test_types_names_inputs_and_outputs_are_recorded(shop: Recorded) -> None:
    versioning = shop.one("aws:s3/bucketVersioning:BucketVersioning", "data-media")
    assert versioning.inputs["bucket"] == "shop-media"
    assert versioning.inputs["versioningConfiguration"] == {"status": "Enabled"}
    assert shop.one("aws:s3/bucket:Bucket").outputs["arn"] == "arn:aws:s3:::shop-media"
    assert shop.exports == {"arn": "arn:aws:s3:::shop-media"}


def test_parents_and_urns_are_the_engines(shop: Recorded) -> None:
    component = shop.component("saleday:data:Shop")
    assert component.urn == "urn:pulumi:test::saleday::saleday:data:Shop::data"
    children = shop.children_of(component)
    assert {child.name for child in children} == {"data-media", "data-orders"}
    assert len(shop.children_of(component, deep=True)) == 3
    [versioning] = shop.children_of(shop.one("aws:s3/bucket:Bucket"))
    assert versioning.urn.endswith(
        "::saleday:data:Shop$aws:s3/bucket:Bucket$aws:s3/bucketVersioning:BucketVersioning::data-media"
    )


def test_options_and_dependencies_are_recorded(shop: Recorded) -> None:
    versioning = shop.one("aws:s3/bucketVersioning:BucketVersioning")
    bucket = shop.one("aws:s3/bucket:Bucket")
    assert versioning.ignore_changes == ["bucket"]
    assert versioning.protect
    assert versioning.dependencies == (bucket.urn,)
    assert versioning.property_dependencies["bucket"] == (bucket.urn,)


def test_secrets_are_told_from_plain_values(shop: Recorded) -> None:
    cluster = shop.one("aws:rds/cluster:Cluster")
    assert cluster.secrets == {"masterPassword"}
    assert cluster.inputs["masterPassword"] == "hunter2"
    assert not shop.one("aws:s3/bucket:Bucket").secrets


def test_a_components_outputs_are_registered_once(shop: Recorded) -> None:
    component = shop.component("saleday:data:Shop")
    assert component.registered == [{"arn": "arn:aws:s3:::shop-media"}]
    assert component.outputs == {"arn": "arn:aws:s3:::shop-media"}


def test_one_of_several_or_none_is_an_assertion_that_lists_them(shop: Recorded) -> None:
    with pytest.raises(
        AssertionError, match=r"exactly one aws:s3/bucket:Bucket 'other', the program has \['data-media'\]"
    ):
        shop.one("aws:s3/bucket:Bucket", "other")
    with pytest.raises(AssertionError, match="no component"):
        shop.component("aws:s3/bucket:Bucket")


def test_a_resource_lives_in_the_region_of_its_provider() -> None:
    def program() -> None:
        edge = aws.Provider("us-east-1", region="us-east-1")
        aws.sqs.Queue("there", name="q", opts=pulumi.ResourceOptions(provider=edge))
        aws.sqs.Queue("here", name="q")

    recorded = record(program, region="eu-west-1")
    assert ":us-east-1:" in recorded.one("aws:sqs/queue:Queue", "there").outputs["arn"]
    assert ":eu-west-1:" in recorded.one("aws:sqs/queue:Queue", "here").outputs["arn"]
    assert "us-east-1" in recorded.one("aws:sqs/queue:Queue", "there").provider


def test_a_network_lives_in_the_region_of_the_provider_it_is_given() -> None:
    def program() -> None:
        there = aws.Provider("there", region="eu-west-1")
        awsx.ec2.Vpc(
            "net",
            cidr_block="10.0.0.0/16",
            availability_zone_names=["eu-west-1a"],
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            subnet_specs=[
                awsx.ec2.SubnetSpecArgs(type=awsx.ec2.SubnetType.PUBLIC, cidr_blocks=["10.0.0.0/24"]),
                awsx.ec2.SubnetSpecArgs(type=awsx.ec2.SubnetType.PRIVATE, cidr_blocks=["10.0.1.0/24"]),
            ],
            opts=pulumi.ResourceOptions(providers=[there]),
        )

    subnets = record(program).of("aws:ec2/subnet:Subnet", of_components=True)
    assert {subnet.inputs["availabilityZone"][:-1] for subnet in subnets} == {"eu-west-1"}
    assert all(":eu-west-1:" in subnet.outputs["arn"] for subnet in subnets)


def test_functions_are_answered_and_recorded() -> None:
    def program() -> None:
        pulumi.export("account", aws.get_caller_identity().account_id)
        zones = aws.get_availability_zones_output(state="available")
        pulumi.export("zones", zones.names)

    recorded = record(program, account_id="210987654321")
    assert recorded.exports["account"] == "210987654321"
    assert recorded.exports["zones"] == ["ap-south-1a", "ap-south-1b", "ap-south-1c"]
    assert [call.token.split(":")[-1] for call in recorded.invokes] == ["getCallerIdentity", "getAvailabilityZones"]


def test_inputs_that_aws_would_refuse_are_refused() -> None:
    class Queue(pulumi.CustomResource):
        def __init__(self, inputs: dict[str, Any]) -> None:
            super().__init__("aws:sqs/queue:Queue", "q", inputs)

    with pytest.raises(InvalidInputs, match=r"q \(aws:sqs/queue:Queue\): nam .* did you mean name"):
        record(lambda: Queue({"nam": "x"}))
    with pytest.raises(InvalidInputs, match=r"aws:ec2/subnet:Subnet.*vpcId is required"):
        record(lambda: aws.ec2.Subnet("s", vpc_id=pulumi.Output.from_input(None)))


def test_a_name_used_twice_is_refused() -> None:
    def program() -> None:
        aws.sqs.Queue("q", name="a")
        aws.sqs.Queue("q", name="b")

    with pytest.raises(DuplicateUrn, match="aws:sqs/queue:Queue::q"):
        record(program)


def test_what_a_program_raises_comes_through_in_an_apply_too() -> None:
    def failing(_: str) -> None:
        raise ZeroDivisionError("in an apply")

    with pytest.raises(ZeroDivisionError, match="at once"):
        record(lambda: (_ for _ in ()).throw(ZeroDivisionError("at once")))
    with pytest.raises(ZeroDivisionError, match="in an apply"):
        record(lambda: aws.sqs.Queue("q").arn.apply(failing))


def test_a_preview_knows_no_computed_output() -> None:
    seen: list[str] = []

    def program() -> None:
        queue = aws.sqs.Queue("q", name="orders")
        queue.arn.apply(seen.append)
        queue.name.apply(seen.append)

    recorded = record(program, preview=True)
    assert seen == ["orders"]
    assert recorded.one("aws:sqs/queue:Queue").outputs["arn"] is UNKNOWN


def test_one_recording_leaves_nothing_for_the_next() -> None:
    def program() -> None:
        pulumi.export("size", pulumi.Config("shop").get("size"))
        aws.sqs.Queue("q")

    assert record(program, config={"shop:size": "large"}, stack="first").exports["size"] == "large"
    second = record(program, stack="second")
    assert second.exports["size"] is None
    assert len(second.resources) == 1
    assert second.resources[0].urn.startswith("urn:pulumi:second::")


def test_secret_configuration_is_secret() -> None:
    def program() -> None:
        aws.ssm.Parameter("p", type="SecureString", value=pulumi.Config("shop").require_secret("token"))
        pulumi.export("secret", pulumi.runtime.is_config_secret("shop:token"))
        pulumi.export("plain", pulumi.runtime.is_config_secret("aws:region"))

    recorded = record(program, secret_config={"shop:token": "t0ken"})
    assert recorded.exports == {"secret": True, "plain": False}
    assert recorded.one("aws:ssm/parameter:Parameter").secrets == {"value"}


def test_a_network_component_has_the_outputs_and_children_of_the_real_one() -> None:
    kept: dict[str, Any] = {}

    def program() -> None:
        network = awsx.ec2.Vpc(
            "net",
            cidr_block="10.0.0.0/16",
            availability_zone_names=["ap-south-1a", "ap-south-1b"],
            subnet_strategy=awsx.ec2.SubnetAllocationStrategy.AUTO,
            subnet_specs=[
                awsx.ec2.SubnetSpecArgs(type=awsx.ec2.SubnetType.PUBLIC, cidr_blocks=["10.0.0.0/24", "10.0.1.0/24"]),
                awsx.ec2.SubnetSpecArgs(
                    type=awsx.ec2.SubnetType.PRIVATE, name="app", cidr_blocks=["10.0.16.0/20", "10.0.32.0/20"]
                ),
                awsx.ec2.SubnetSpecArgs(
                    type=awsx.ec2.SubnetType.ISOLATED, name="data", cidr_blocks=["10.0.2.0/24", "10.0.3.0/24"]
                ),
            ],
        )
        pulumi.export("vpc", network.vpc_id)
        pulumi.export("app", network.private_subnet_ids)
        pulumi.export("data", network.isolated_subnet_ids)
        pulumi.export("tables", network.route_tables.apply(lambda tables: [table.id for table in tables]))
        network.subnets.apply(lambda subnets: kept.update(zones=[subnet.availability_zone for subnet in subnets]))

    recorded = record(program)
    subnets = recorded.of("aws:ec2/subnet:Subnet", of_components=True)
    ids = {subnet.name: subnet.outputs["id"] for subnet in subnets}
    assert recorded.exports["app"] == [ids["net-app-1"], ids["net-app-2"]]
    assert recorded.exports["data"] == [ids["net-data-1"], ids["net-data-2"]]
    assert recorded.exports["vpc"].startswith("vpc-")
    assert len(recorded.exports["tables"]) == 6
    assert len(kept["zones"]) == 6
    assert recorded.of("aws:ec2/subnet:Subnet") == [], "they are not the program's own"
    assert {subnet.inputs["tags"]["SubnetType"] for subnet in subnets} == {"Public", "Private", "Isolated"}
    [vpc] = recorded.children_of(recorded.one("awsx:ec2:Vpc"))
    assert vpc.urn.endswith("::awsx:ec2:Vpc$aws:ec2/vpc:Vpc::net")
