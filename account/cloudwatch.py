"""Metrics from the account, reading only: cloudwatch:GetMetricData, and the ids of the load balancer and distribution.

CloudWatch keeps minutes for 15 days, periods of five minutes for 63 (CloudWatch API reference, GetMetricData).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from account.preflight.account import config
from sale.review.measured import Points
from sale.review.series import BALANCER_ID, DISTRIBUTION_ID, MINUTE, Metric, Series, target_group
from settings.stack_file import BadInput
from specs.sale import SaleEvent
from specs.shop import Shop

DAY: Final = 86_400.0
KEPT: Final = ((15 * DAY, MINUTE), (63 * DAY, 5 * MINUTE))  # seconds that a period is kept, and the period
MAX_QUERIES: Final = 500  # of one request …
MAX_POINTS: Final = 100_800  # … and datapoints (CloudWatch API reference, GetMetricData)
ACTIONS: Final = (
    "cloudfront:ListDistributions",
    "cloudwatch:GetMetricData",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTargetGroups",
)
"""What the credentials have to allow."""


def queries(series: Sequence[Series], period: int, region: str, ids: Mapping[str, str]) -> dict[str, list[Any]]:
    """By region: the queries of GetMetricData for the series. `ids` has what AWS names, by what stands for it."""
    found: dict[str, list[Any]] = defaultdict(list)
    for one in series:
        for label, metric in one.labels():
            place = found[metric.region or region]
            place.append(_query(f"q{len(place)}", label, metric, period, ids))
    return dict(found)


def _query(name: str, label: str, metric: Metric, period: int, ids: Mapping[str, str]) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": ids.get(value, value)} for key, value in metric.dimensions]
    return {
        "Id": name,
        "Label": label,
        "MetricStat": {
            "Metric": {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions},
            "Period": period,
            "Stat": metric.stat,
        },
    }


def period_of(event: SaleEvent, start: float, now: float) -> int:
    """Seconds of the shortest period that CloudWatch still keeps. Raises BadInput where it is longer than 5 minutes."""
    for kept, period in KEPT:
        if now - start < kept:
            return period
    raise BadInput(
        f"FROM: CloudWatch keeps periods of five minutes for 63 days (got {event.name}, "
        f"{(now - start) / DAY:.0f} days ago); name a folder that they were exported to"
    )


def read(
    session: boto3.Session, shop: Shop, series: Sequence[Series], start: float, end: float, period: int
) -> dict[str, Points]:
    """By label: the points from `start` to `end`. Raises BadInput for what the account refuses or does not have."""
    try:
        ids = _ids(session, shop)
        found: dict[str, Points] = {}
        for region, asked in queries(series, period, shop.region, ids).items():
            client = session.client("cloudwatch", region_name=region, config=config())
            found |= _points(client, asked, start, end, period)
        return found
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise BadInput(
            f"FROM: the credentials have to allow {', '.join(ACTIONS)} (got {code} for {error.operation_name}); "
            "allow them, or export the metrics into a folder"
        ) from None
    except BotoCoreError as error:
        reason = " ".join(str(error).split())
        raise BadInput(f"FROM: AWS has to answer (got {reason}); see to the network and AWS_ENDPOINT_URL") from None


def _ids(session: boto3.Session, shop: Shop) -> dict[str, str]:
    """What AWS has named: by the words that stand for it in dimensions."""
    balancing = session.client("elbv2", region_name=shop.region, config=config())
    name = f"{shop.project}-{shop.stack}-shop"
    arn = _first(balancing, "describe_load_balancers", "LoadBalancers", name, shop)["LoadBalancerArn"]
    ids = {BALANCER_ID: arn.rpartition(":loadbalancer/")[2]}
    for service in shop.services:
        if service.is_public:
            for alternate in (False, True) if service.deployment.shifts_traffic else (False,):
                group = target_group(shop, service.name, alternate=alternate)
                arn = _first(balancing, "describe_target_groups", "TargetGroups", group, shop)["TargetGroupArn"]
                ids[group] = arn.rpartition(":")[2]
    edge, comment = session.client("cloudfront", config=config()), f"{shop.project}-{shop.stack}: the shop"
    pages = edge.get_paginator("list_distributions").paginate()
    listed = [one for page in pages for one in page["DistributionList"].get("Items", ()) if one["Comment"] == comment]
    if not listed:
        raise BadInput(f"FROM: the account has to hold the distribution of the stack (got none with {comment!r})")
    ids[DISTRIBUTION_ID] = listed[0]["Id"]
    return ids


def _first(client: Any, operation: str, found: str, name: str, shop: Shop) -> Any:
    try:
        return getattr(client, operation)(Names=[name])[found][0]
    except ClientError as error:
        if "NotFound" not in error.response["Error"]["Code"]:
            raise
        raise BadInput(
            f"FROM: {shop.region} has to hold the stack (got no {name}); sign in to its account, or set aws:region"
        ) from None


def _points(client: Any, asked: Sequence[Any], start: float, end: float, period: int) -> dict[str, Points]:
    found: dict[str, dict[float, float]] = defaultdict(dict)
    each = max(1, min(MAX_QUERIES, MAX_POINTS // max(1, round((end - start) / period))))
    labels = {one["Id"]: one["Label"] for one in asked}
    for first in range(0, len(asked), each):
        pages = client.get_paginator("get_metric_data").paginate(
            MetricDataQueries=asked[first : first + each],
            StartTime=datetime.fromtimestamp(start, tz=UTC),
            EndTime=datetime.fromtimestamp(end, tz=UTC),
            ScanBy="TimestampAscending",
        )
        for page in pages:
            for result in page["MetricDataResults"]:
                times = (moment.timestamp() for moment in result["Timestamps"])
                found[labels[result["Id"]]].update(zip(times, result["Values"], strict=True))
    return {label: tuple(sorted(points.items())) for label, points in found.items()}


def keep(found: Mapping[str, Points], file: Path) -> None:
    """Write what was read, as `folder.read` takes it: CloudWatch forgets minutes after 15 days."""
    results = [
        {"Label": label, "Timestamps": [time for time, _ in points], "Values": [value for _, value in points]}
        for label, points in found.items()
        if points
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"MetricDataResults": results}) + "\n", encoding="utf-8")


def commands(series: Sequence[Series], shop: Shop, start: float, end: float) -> Iterator[str]:
    """The commands that export the series; what AWS names is to be put in."""
    for region, asked in queries(series, MINUTE, shop.region, {}).items():
        times = [datetime.fromtimestamp(moment, tz=UTC).isoformat(timespec="seconds") for moment in (start, end)]
        document = {"StartTime": times[0], "EndTime": times[1], "MetricDataQueries": asked}
        yield f"aws cloudwatch get-metric-data --region {region} --cli-input-json '{json.dumps(document)}'"
