"""Made-up answers by region, zone and partition."""

from __future__ import annotations

import re

import pytest

from devtools.rehearsal import fake_outputs
from devtools.rehearsal.fake_outputs import AccountRegion
from devtools.rehearsal.fake_outputs.edge import ALB_ZONES
from tests.devtools.rehearsal.made_up import made


@pytest.mark.parametrize(
    ("region", "arn", "url"),
    [
        ("us-east-1", "arn:aws:sqs:us-east-1:123456789012:q", "https://sqs.us-east-1.amazonaws.com/123456789012/q"),
        (
            "cn-north-1",
            "arn:aws-cn:sqs:cn-north-1:123456789012:q",
            "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q",
        ),
        (
            "us-gov-west-1",
            "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:q",
            "https://sqs.us-gov-west-1.amazonaws.com/123456789012/q",
        ),
    ],
)
def test_partition_and_suffix_follow_from_the_region(region: str, arn: str, url: str) -> None:
    answer = made("aws:sqs/queue:Queue", {"name": "q"}, AccountRegion.of(region))
    assert (answer["arn"], answer["url"]) == (arn, url)
    own = made("aws:sqs/queue:Queue", {"name": "q", "region": region})
    assert (own["arn"], own["url"]) == (arn, url), "a resource's own region overrides the provider's"


@pytest.mark.parametrize("region", ["mumbai", "ap-south", "", "xx-south-1"])
def test_a_region_that_aws_cannot_have_is_refused(region: str) -> None:
    with pytest.raises(fake_outputs.UnknownRegionError, match=re.escape(repr(region))):
        AccountRegion.of(region)


@pytest.mark.parametrize("region", sorted(ALB_ZONES))
def test_every_region_has_zones_and_a_code(region: str) -> None:
    place = AccountRegion.of(region)
    assert len(place.zones) == len(place.zone_ids) >= 2
    assert all(zone.startswith(region) for zone in place.zones)
    assert {zone_id.split("-")[0] for zone_id in place.zone_ids} == {place.code}


def test_zone_ids_have_the_codes_that_aws_publishes() -> None:
    codes = {
        region: AccountRegion.of(region).code
        for region in ("us-east-1", "ap-southeast-2", "us-gov-west-1", "ca-central-1")
    }
    assert codes == {"us-east-1": "use1", "ap-southeast-2": "apse2", "us-gov-west-1": "usgw1", "ca-central-1": "cac1"}
