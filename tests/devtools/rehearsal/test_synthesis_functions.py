"""The data sources that a program may ask, and what they answer in an empty account."""

from __future__ import annotations

import json
from typing import Any

import pytest

from devtools.rehearsal.fake_outputs import AccountRegion, UnknownFunctionError, invoke
from devtools.rehearsal.fake_outputs.functions import FUNCTIONS, NotInAccountError
from devtools.rehearsal.fake_outputs.iam_document import DuplicateSidError

MUMBAI = AccountRegion.of("ap-south-1")


def ask(function: str, place: AccountRegion = MUMBAI, **arguments: Any) -> dict[str, Any]:
    return invoke(f"aws:{function}:{function.rpartition('/')[2]}", arguments, place)


def test_the_account_the_region_and_the_partition_are_told() -> None:
    assert ask("index/getCallerIdentity")["accountId"] == "123456789012"
    assert ask("index/getRegion")["region"] == "ap-south-1"
    assert ask("index/getRegion", region="eu-west-1")["region"] == "eu-west-1"
    assert ask("index/getPartition", AccountRegion.of("cn-north-1"))["dnsSuffix"] == "amazonaws.com.cn"


def test_zones_can_be_excluded_by_name_and_by_id() -> None:
    assert ask("index/getAvailabilityZones")["names"] == ["ap-south-1a", "ap-south-1b", "ap-south-1c"]
    left = ask("index/getAvailabilityZones", excludeNames=["ap-south-1a"], excludeZoneIds=["aps1-az2"])
    assert (left["names"], left["zoneIds"]) == (["ap-south-1c"], ["aps1-az3"])


def test_a_policy_document_is_rendered_as_the_provider_renders_it() -> None:
    document = ask(
        "iam/getPolicyDocument",
        statements=[
            {
                "sid": "Read",
                "actions": ["s3:GetObject", "s3:ListBucket"],
                "resources": ["arn:aws:s3:::shop/&{aws:username}"],
                "principals": [{"type": "AWS", "identifiers": ["*"]}, {"type": "Service", "identifiers": ["b", "c"]}],
                "conditions": [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]}],
            },
            {
                "effect": "Deny",
                "notActions": ["s3:*"],
                "notResources": ["*"],
                "principals": [{"type": "*", "identifiers": ["*"]}],
            },
        ],
    )
    assert json.loads(document["json"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": ["s3:ListBucket", "s3:GetObject"],
                "Resource": "arn:aws:s3:::shop/${aws:username}",
                "Principal": {"AWS": "*", "Service": ["c", "b"]},
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            },
            {"Effect": "Deny", "NotAction": "s3:*", "NotResource": "*", "Principal": "*"},
        ],
    }
    assert document["json"].startswith('{\n  "Version": "2012-10-17",\n  "Statement": [\n    {\n      "Sid": "Read",')
    assert json.loads(document["minifiedJson"]) == json.loads(document["json"])
    assert ": " not in document["minifiedJson"].replace("aws:", "")


def test_documents_are_merged_and_overridden_by_sid() -> None:
    base = json.dumps({"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", "Action": "a"}]})
    other = json.dumps({"Version": "2012-10-17", "Statement": {"Sid": "A", "Effect": "Deny", "Action": "b"}})
    merged = json.loads(ask("iam/getPolicyDocument", sourcePolicyDocuments=[base], statements=[{"sid": "B"}])["json"])
    assert [statement["Sid"] for statement in merged["Statement"]] == ["A", "B"]
    overridden = ask("iam/getPolicyDocument", sourcePolicyDocuments=[base], overridePolicyDocuments=[other])
    assert [statement["Effect"] for statement in json.loads(overridden["json"])["Statement"]] == ["Deny"]
    with pytest.raises(DuplicateSidError, match="duplicate Sid"):
        ask("iam/getPolicyDocument", sourcePolicyDocuments=[base, other])


def test_what_aws_puts_into_every_account_is_found() -> None:
    assert (
        ask("cloudfront/getCachePolicy", name="Managed-CachingDisabled")["id"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    )
    assert ask("cloudfront/getOriginRequestPolicy", name="Managed-AllViewer")["arn"].startswith("arn:aws:cloudfront::")
    assert ask("elb/getServiceAccount")["arn"] == "arn:aws:iam::718504428378:root"
    listed = ask("ec2/getManagedPrefixList", name="com.amazonaws.global.cloudfront.origin-facing")
    assert listed["id"].startswith("pl-")
    assert ask("ec2/getPrefixList", name="com.amazonaws.ap-south-1.s3")["id"].startswith("pl-")
    image = ask("ssm/getParameter", name="/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id")
    assert image["value"].startswith("ami-")
    filters = [{"name": "name", "values": ["al2023-ami-*-arm64"]}]
    assert ask("ec2/getAmi", filters=filters, owners=["amazon"])["architecture"] == "arm64"
    assert ask("route53/getZone", name="shop.example")["zoneId"].startswith("Z")


def test_a_session_is_told_from_its_role() -> None:
    context = ask("iam/getSessionContext", arn="arn:aws:sts::123456789012:assumed-role/Deploy/jane")
    assert (context["issuerArn"], context["sessionName"]) == ("arn:aws:iam::123456789012:role/Deploy", "jane")
    user = ask("iam/getSessionContext", arn="arn:aws:iam::123456789012:user/jane")
    assert (user["issuerArn"], user["sessionName"]) == ("arn:aws:iam::123456789012:user/jane", "")


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("cloudfront/getCachePolicy", {"name": "Managed-Nothing"}),
        ("ec2/getManagedPrefixList", {"name": "my-own"}),
        ("elb/getServiceAccount", {"region": "me-central-1"}),
        ("index/getAvailabilityZone", {"name": "ap-south-1z"}),
        ("kms/getAlias", {"name": "alias/mine"}),
        ("ssm/getParameter", {"name": "/shop/own"}),
    ],
)
def test_what_an_empty_account_does_not_have_is_not_made_up(function: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(NotInAccountError):
        ask(function, **arguments)


def test_below_a_path_that_nobody_has_written_to_are_no_parameters() -> None:
    found = ask("ssm/getParametersByPath", path="/shop/releases")
    assert (found["names"], found["values"], found["path"]) == ([], [], "/shop/releases")


def test_every_terms_of_a_reservation_have_one_offering_with_a_price() -> None:
    node: dict[str, Any] = {"cacheNodeType": "cache.r7g.large", "productDescription": "valkey"}
    yearly = ask("elasticache/getReservedCacheNodeOffering", **node, duration="P1Y", offeringType="All Upfront")
    again = ask("elasticache/getReservedCacheNodeOffering", **node, duration="P1Y", offeringType="All Upfront")
    longer = ask("elasticache/getReservedCacheNodeOffering", **node, duration="P3Y", offeringType="All Upfront")
    free = ask("elasticache/getReservedCacheNodeOffering", **node, duration="P1Y", offeringType="No Upfront")
    assert yearly["offeringId"] == again["offeringId"]
    assert len({one["offeringId"] for one in (yearly, longer, free)}) == 3
    assert (yearly["fixedPrice"], longer["fixedPrice"], free["fixedPrice"]) == (1000.0, 3000.0, 0.0)
    database = ask("rds/getReservedInstanceOffering", duration=3 * 31_536_000, offeringType="Partial Upfront")
    assert database["fixedPrice"] == 1500.0


def test_savings_plans_are_offered_in_every_combination_that_is_asked_for() -> None:
    found = ask("savingsplans/getOfferings", planTypes=["Compute", "Database"], durations=[31_536_000, 94_608_000])
    assert len({offer["offeringId"] for offer in found["offerings"]}) == 4
    assert {offer["paymentOption"] for offer in found["offerings"]} == {"No Upfront"}


def test_a_quota_is_that_of_a_new_account() -> None:
    asked = ask("servicequotas/getServiceQuota", serviceCode="lambda", quotaCode="L-B99A9384")
    assert (asked["value"], asked["defaultValue"]) == (10, 1000)
    with pytest.raises(NotInAccountError, match="no 'L-00000000' of 'lambda'"):
        ask("servicequotas/getServiceQuota", serviceCode="lambda", quotaCode="L-00000000")


def test_a_function_without_an_answer_says_so_and_names_the_nearest() -> None:
    with pytest.raises(UnknownFunctionError, match=r"no answer to the function 'aws:ec2/getVpc:getVpc'"):
        ask("ec2/getVpc")
    with pytest.raises(UnknownFunctionError, match="did you mean aws:index/getRegion:getRegion"):
        invoke("aws:index/getRegio:getRegio", {}, MUMBAI)


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_every_function_echoes_its_arguments_and_has_an_id(function: str) -> None:
    arguments = {
        "name": {
            "cloudfront/getCachePolicy": "Managed-CachingOptimized",
            "cloudfront/getOriginRequestPolicy": "Managed-AllViewer",
            "cloudfront/getResponseHeadersPolicy": "Managed-SimpleCORS",
            "index/getAvailabilityZone": "ap-south-1b",
            "kms/getAlias": "alias/aws/s3",
            "ssm/getParameter": "/aws/service/x",
        }.get(function, "com.amazonaws.ap-south-1.s3"),
        "arn": "arn:aws:sts::123456789012:assumed-role/Deploy/session",
        "serviceCode": "fargate",
        "quotaCode": "L-3032A538",
        "extra": "kept",
    }
    result = invoke(f"aws:{function}:{function.rpartition('/')[2]}", arguments, MUMBAI)
    assert result["id"]
    assert result["extra"] == "kept"
