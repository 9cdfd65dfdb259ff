"""Metrics from an account: Moto's, and answers and refusals as CloudWatch gives them."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from account import cloudwatch
from sale.review import folder
from sale.review.series import series_of
from settings.stack_file import BadInput, read
from specs.sale import SaleEvent

REGION = "ap-south-1"
START = datetime(2030, 10, 18, 18, 0, tzinfo=UTC)
MINUTES = 10
WANTED = ("cloudfront requests", "load balancer requests", "ui requests", "ui cpu", "ui errors", "cart seconds")


@pytest.fixture
def account(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.Session(region_name=REGION)


@pytest.fixture
def asked():
    shop = read("prod")
    return shop, [one for one in series_of(shop) if one.label in WANTED]


def built(session) -> dict[str, str]:
    """The load balancer, a target group and the distribution, as the program names them: their ids."""
    network = session.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        session.client("ec2").create_subnet(VpcId=network, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)
        for number, zone in enumerate((f"{REGION}a", f"{REGION}b"))
    ]
    balancing = session.client("elbv2")
    balancer = balancing.create_load_balancer(
        Name="saleday-prod-shop", Subnets=[one["Subnet"]["SubnetId"] for one in subnets]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    group = balancing.create_target_group(Name="saleday-prod-ui", Protocol="HTTP", Port=8080, VpcId=network)
    distribution = session.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "x",
            "Comment": "saleday-prod: the shop",
            "Enabled": True,
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {"Id": "o", "DomainName": "o.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
                ],
            },
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
        }
    )["Distribution"]["Id"]
    return {
        "LOAD-BALANCER": balancer.rpartition(":loadbalancer/")[2],
        "saleday-prod-ui": group["TargetGroups"][0]["TargetGroupArn"].rpartition(":")[2],
        "DISTRIBUTION": distribution,
    }


def put(session, series, ids) -> None:
    """Minute n of every series is n + 1."""
    for one in series:
        for _, metric in one.labels():
            session.client("cloudwatch", region_name=metric.region or REGION).put_metric_data(
                Namespace=metric.namespace,
                MetricData=[
                    {
                        "MetricName": metric.name,
                        "Dimensions": [
                            {"Name": key, "Value": ids.get(value, value)} for key, value in metric.dimensions
                        ],
                        "Timestamp": START.timestamp() + 60 * minute,
                        "Value": float(minute + 1),
                    }
                    for minute in range(MINUTES)
                ],
            )


def test_every_series_is_read_minute_by_minute(account, asked, tmp_path):
    shop, series = asked
    ids = built(account)
    put(account, series, ids)
    start = START.timestamp()
    found = cloudwatch.read(account, shop, series, start, start + 60 * MINUTES, 60)
    expected = tuple((start + 60 * minute, float(minute + 1)) for minute in range(MINUTES))
    assert found == dict.fromkeys(WANTED, expected)
    cloudwatch.keep(found, tmp_path / "kept" / "metrics.json")
    assert folder.read(tmp_path / "kept") == found, "what was kept can be reviewed again"


def test_a_stack_that_is_not_in_this_region(account, asked):
    shop, series = asked
    with pytest.raises(BadInput) as caught:
        cloudwatch.read(account, shop, series, 0.0, 600.0, 60)
    assert str(caught.value) == (
        "FROM: ap-south-1 has to hold the stack (got no saleday-prod-shop); sign in to its account, or set aws:region"
    )


def test_a_refusal_names_the_actions_that_are_needed(account, asked, monkeypatch):
    shop, series = asked
    client = account.client("elbv2", region_name=REGION)
    stubbed = Stubber(client)
    stubbed.add_client_error("describe_load_balancers", "AccessDenied", "no", 403)
    stubbed.activate()
    monkeypatch.setattr(account, "client", lambda *_, **__: client)
    with pytest.raises(BadInput) as caught:
        cloudwatch.read(account, shop, series, 0.0, 600.0, 60)
    told = str(caught.value)
    assert "\n" not in told
    assert "(got AccessDenied for DescribeLoadBalancers)" in told
    assert all(action in told for action in cloudwatch.ACTIONS)


def test_pages_are_put_together_and_large_questions_are_split(account, asked):
    _, series = asked
    asked_for = cloudwatch.queries(series, 60, REGION, {})[REGION]
    start = START.timestamp()
    days = 30  # so long that one request can hold two series only
    client = account.client("cloudwatch", region_name=REGION)
    stubbed = Stubber(client)
    moments = [datetime.fromtimestamp(start + 60 * n, tz=UTC) for n in range(4)]
    for first in range(0, len(asked_for), 2):
        part = asked_for[first : first + 2]
        for page, token in ((0, "more"), (1, "")):
            answer = {
                "MetricDataResults": [
                    {"Id": one["Id"], "Timestamps": moments[2 * page : 2 * page + 2], "Values": [1.0, 2.0]}
                    for one in part
                ]
            }
            stubbed.add_response("get_metric_data", answer | ({"NextToken": token} if token else {}))
    stubbed.activate()
    found = cloudwatch._points(client, asked_for, start, start + 86_400 * days, 60)
    stubbed.assert_no_pending_responses()
    assert {label: len(points) for label, points in found.items()} == {one["Label"]: 4 for one in asked_for}


@pytest.mark.parametrize(("days", "period"), [(3, 60), (14, 60), (16, 300), (62, 300)])
def test_the_shortest_period_that_is_still_kept_is_asked_for(days, period):
    event = read("prod").sale_events[0]
    assert isinstance(event, SaleEvent)
    assert cloudwatch.period_of(event, 0.0, days * 86_400.0) == period
