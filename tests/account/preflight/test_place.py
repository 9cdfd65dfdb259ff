"""The region, its zones, services and endpoints."""

from __future__ import annotations

import pulumi
import pytest
from moto.utilities.utils import load_resource

import settings
from account.preflight.checks import place
from account.preflight.verdict import Outcome
from devtools.recording.programs import run
from tests.account.preflight.world import (
    DENIED,
    THROTTLED,
    Refused,
    Stubbed,
    lines,
    outcomes,
    resource,
    subject,
    whole,
    world,
)
from tests.configuration import small_shop

REGION_CHECK, ZONES, SERVICES, ENDPOINTS = place.checks()
SUBNET = resource("aws:ec2/subnet:Subnet", "subnet-a", availabilityZone="ap-south-1a")
FUNCTION = resource("aws:lambda/function:Function", name="it")
INTERFACE = resource(
    "aws:ec2/vpcEndpoint:VpcEndpoint", "ecr", serviceName="com.amazonaws.ap-south-1.ecr.api", subnetIds=["subnet-a"]
)


@pytest.mark.parametrize("check", [REGION_CHECK, ZONES, SERVICES, ENDPOINTS])
@pytest.mark.parametrize("refused", [DENIED, THROTTLED])
def test_what_is_refused_is_not_known(check: place.Check, refused: Refused) -> None:
    calls = ("ec2.describe_regions", "ec2.describe_availability_zones", "ssm.get_parameters_by_path")
    answers = dict.fromkeys((*calls, "ec2.describe_vpc_endpoint_services"), refused)
    assert outcomes(check, subject(SUBNET, FUNCTION, INTERFACE), world(answers)) == [Outcome.NOT_KNOWN]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("opt-in-not-required", Outcome.HOLDS), ("opted-in", Outcome.HOLDS), ("not-opted-in", Outcome.FAILS)],
)
def test_a_region_has_to_be_switched_on(status: str, outcome: Outcome) -> None:
    stubbed = Stubbed({"ec2.describe_regions": {"Regions": [{"RegionName": "ap-south-1", "OptInStatus": status}]}})
    assert outcomes(REGION_CHECK, subject(), world(stubbed)) == [outcome]
    assert stubbed.asked == [("ec2", "DescribeRegions", "us-east-1")], "the region itself does not answer before"


def test_a_region_that_there_is_not_will_fail() -> None:
    (line,) = lines(REGION_CHECK, subject(), world({"ec2.describe_regions": Refused("InvalidParameterValue")}))
    assert line.outcome is Outcome.FAILS


def zone(letter: str, id_: str, state: str = "available", kind: str = "availability-zone") -> dict[str, str]:
    return {"ZoneName": f"us-east-1{letter}", "ZoneId": id_, "State": state, "ZoneType": kind}


@pytest.mark.parametrize(
    ("zones", "outcome", "says"),
    [
        ([zone("a", "use1-az1"), zone("b", "use1-az2")], Outcome.HOLDS, "us-east-1a (use1-az1), us-east-1b (use1-az2)"),
        ([zone("a", "use1-az1"), zone("c", "use1-az2")], Outcome.FAILS, "this account has the zones a, c"),
        ([zone("a", "use1-az1"), zone("b", "use1-az2", "impaired")], Outcome.FAILS, "has the zones a of us-east-1"),
        ([zone("a", "use1-az1"), zone("b", "x", kind="local-zone")], Outcome.FAILS, "has the zones a of us-east-1"),
        ([zone("a", "use1-az1"), zone("b", "use1-az3")], Outcome.FAILS, "no VPC origins of CloudFront in use1-az3"),
    ],
)
def test_zones_have_to_be_there_and_have_what_the_stack_uses(
    zones: list[dict[str, str]], outcome: Outcome, says: str
) -> None:
    of = subject(network={"zones": ["a", "b"]}, **{"aws:region": "us-east-1"})
    (line,) = lines(ZONES, of, world({"ec2.describe_availability_zones": {"AvailabilityZones": zones}}))
    assert line.outcome is outcome
    assert says in line.text
    assert line.outcome is Outcome.HOLDS or line.remedy.startswith("choose among")


def services(*names: str) -> dict[str, object]:
    return {"ssm.get_parameters_by_path": {"Parameters": [{"Value": name} for name in names]}}


def test_a_region_without_a_service_will_fail() -> None:
    of = subject(FUNCTION, resource("aws:xray/group:Group"))
    fails, holds = lines(SERVICES, of, world(services("lambda", "ec2")))
    assert (fails.outcome, fails.text) == (Outcome.FAILS, "ap-south-1 does not have xray")
    assert (holds.outcome, holds.text) == (Outcome.HOLDS, "1 services are in ap-south-1")


def test_a_region_without_a_list_is_not_known() -> None:
    assert outcomes(SERVICES, subject(FUNCTION), world(services())) == [Outcome.NOT_KNOWN]


@pytest.mark.parametrize("stack", ["prod", "eks", "ec2"])
def test_every_module_of_a_stack_is_looked_for_or_global(stack: str) -> None:
    used = {
        one.token.split(":")[1].partition("/")[0]
        for one in whole(stack).program.resources
        if one.custom and one.token.startswith("aws:")
    }
    assert used <= place.SERVICES.keys() | place.GLOBAL


def test_services_are_called_what_aws_calls_them() -> None:
    regions = load_resource("ssm/resources/regions.json")["aws"]["service"]["global-infrastructure"]
    for region in ("ap-south-1", "us-east-1", "eu-west-1"):
        assert {*place.SERVICES.values(), "fargate"} <= regions["regions"][region]["services"].keys(), region


@pytest.mark.parametrize(
    ("details", "outcome"),
    [
        ([{"ServiceName": INTERFACE.inputs["serviceName"], "AvailabilityZones": ["ap-south-1a"]}], Outcome.HOLDS),
        ([{"ServiceName": INTERFACE.inputs["serviceName"], "AvailabilityZones": ["ap-south-1b"]}], Outcome.FAILS),
        ([], Outcome.FAILS),
    ],
)
def test_endpoints_have_to_be_offered_in_the_zones(details: list[object], outcome: Outcome) -> None:
    answers = {"ec2.describe_vpc_endpoint_services": {"ServiceDetails": details}}
    assert outcomes(ENDPOINTS, subject(SUBNET, INTERFACE), world(answers)) == [outcome]


@pytest.mark.parametrize(("region", "letters"), [("us-west-1", ["a", "b"]), ("us-east-1", ["d", "e"])])
def test_the_program_is_run_where_the_letters_of_another_account_have_no_place(region: str, letters: list[str]) -> None:
    shop = settings.parse("saleday", "test", small_shop(network={"zones": letters}, **{"aws:region": region}))
    changes = {"aws:region": region, "saleday:network": {"zones": letters}}
    with pytest.raises(pulumi.RunError, match=r"network\.zones"):
        run("dev", changes)
    run("dev", changes, zones={name: name for name in shop.zone_names})
