"""Alarms of the way in: CloudFront and its web ACL, the load balancer and its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from components.monitoring.values import (
    MIN_FAILURES,
    MINUTE,
    Alarm,
    AlarmPlan,
    Composite,
    Math,
    Metric,
    Notice,
    share_of,
)
from components.observability import metrics

ERRORS_PERCENT: Final = 5.0  # of requests in a minute
REFUSED_CONNECTIONS: Final = 10.0  # in a minute; the load balancer has reached its own maximum
BURNS_TOGETHER: Final = 50  # alarms in one rule: with the longest names, half of what CloudWatch takes
BLOCKED_PERCENT: Final = 20.0  # of requests in five minutes; bots are there every day, but not every fifth request
MIN_BLOCKED: Final = 1000  # in five minutes; below it a single scanner makes the share

SHOP_ERRORS: Final = "shop-errors"
"""The alarm on errors of the whole shop, which explains those of single services."""
SHOP_REFUSED: Final = "shop-refused"


def edge_plan(acl: str | None) -> AlarmPlan:
    """Alarms in us-east-1, where CloudFront and the web ACL `acl` in front of it publish."""
    alarms = [
        Alarm(
            name="edge-errors",
            notice=Notice(
                means=f"Customers get error pages: over {ERRORS_PERCENT:g} % of the requests to CloudFront fail.",
                look="whether shop-errors is in alarm too; if not, CloudFront can't reach the origin.",
                runbook="edge-errors",
            ),
            # CloudFront publishes the share itself; requests only tell whether there were enough to judge by.
            measure=Math(
                formula=f"IF({{requests}} * {{rate}} / 100 >= {MIN_FAILURES}, {{rate}}, 0)",
                terms={
                    "requests": metrics.distribution("Requests"),
                    "rate": metrics.distribution("5xxErrorRate", "Average"),
                },
                label="5xx, percent of requests",
            ),
            threshold=ERRORS_PERCENT,
            periods=5,
            breaching=3,
            at_edge=True,
            tells_all_clear=False,
        )
    ]
    if acl is not None:
        alarms.append(_blocked("edge", "CLOUDFRONT", acl, region="", at_edge=True))
    composite = Composite(
        name="edge",
        notice=Notice(
            means="Customers have trouble at the edge; the message names the alarm.",
            look="the shop's dashboard, row Edge.",
            runbook="shop-in-trouble",
        ),
        members=tuple(alarm.name for alarm in alarms),
        at_edge=True,
    )
    return AlarmPlan(alarms=tuple(alarms), composites=(composite,))


def load_balancer_plan(acl: str | None, region: str) -> AlarmPlan:
    """Alarms of the load balancer and of the web ACL `acl` in front of it."""
    alarms = [
        Alarm(
            name=SHOP_ERRORS,
            notice=Notice(
                means=f"Customers get error pages: over {ERRORS_PERCENT:g} % of all requests to the shop fail.",
                look="the service whose targets return 5xx; if there is none, the load balancer has no healthy target.",
                runbook="shop-errors",
            ),
            measure=shop_failures(),
            threshold=ERRORS_PERCENT,
            periods=5,
            breaching=3,
            tells_all_clear=False,
        ),
        Alarm(
            name=SHOP_REFUSED,
            notice=Notice(
                means="Customers cannot connect: the load balancer has reached its maximum of connections.",
                look="new and active connections; reserve capacity units ahead of a sale.",
                runbook="shop-refused",
            ),
            measure=metrics.load_balancer("RejectedConnectionCount"),
            operator="GreaterThanOrEqualToThreshold",
            threshold=REFUSED_CONNECTIONS,
            periods=3,
            breaching=2,
            tells_all_clear=False,
        ),
    ]
    if acl is not None:
        alarms.append(_blocked("shop", "REGIONAL", acl, region=region, at_edge=False))
    return AlarmPlan(alarms=tuple(alarms))


def shop_failures(period: int = MINUTE) -> Math:
    """Failed requests to the load balancer, percent of all.

    `RequestCount` leaves out requests for which no target could be chosen, so the load balancer's own errors are added.
    """
    bad = {
        "answered": metrics.load_balancer("HTTPCode_Target_5XX_Count", period=period),
        "own": metrics.load_balancer("HTTPCode_ELB_5XX_Count", period=period),
    }
    total = {"total": metrics.load_balancer("RequestCount", period=period)}
    counted = share_of(bad, total, "failed requests, percent")
    return Math(
        formula=counted.formula.replace("{total}", "SUM([{total}, {own}])"), terms=counted.terms, label=counted.label
    )


def shop_composites(burns: Sequence[str]) -> list[Composite]:
    """The alarm of the whole shop in the stack's region: what every customer feels, whatever the cause.

    `burns` are the names of the alarms on fast burning budgets of public services; more than a rule holds are joined
    by and by.
    """
    notice = Notice(
        means="Customers can hardly buy or not at all; the message names the alarm.",
        look="the shop's dashboard, from the top.",
        runbook="shop-in-trouble",
    )
    parts = [burns[start : start + BURNS_TOGETHER] for start in range(0, len(burns), BURNS_TOGETHER)]
    if len(parts) <= 1:
        return [Composite(name="shop", notice=notice, members=(SHOP_ERRORS, SHOP_REFUSED, *burns))]
    joints = [
        Composite(name=f"shop-burns-{number}", notice=notice, members=tuple(part), tells=False)
        for number, part in enumerate(parts, 1)
    ]
    members = (SHOP_ERRORS, SHOP_REFUSED, *(joint.name for joint in joints))
    return [*joints, Composite(name="shop", notice=notice, members=members)]


def _blocked(where: str, scope: str, acl: str, *, region: str, at_edge: bool) -> Alarm:
    def count(name: str) -> Metric:
        return metrics.web_acl(scope, acl, region, name, period=5 * MINUTE)

    return Alarm(
        name=f"{where}-blocked",
        notice=Notice(
            means=f"An attack is under way, or customers are blocked: {acl} blocks over {BLOCKED_PERCENT:g} % of "
            "the requests.",
            look="the blocking rule, and whether the sampled requests are customers'.",
            runbook="requests-blocked",
        ),
        measure=Math(
            formula=f"IF({{blocked}} >= {MIN_BLOCKED}, 100 * {{blocked}} / SUM([{{blocked}}, {{allowed}}]), 0)",
            terms={"blocked": count("BlockedRequests"), "allowed": count("AllowedRequests")},
            label="blocked, percent of requests",
        ),
        threshold=BLOCKED_PERCENT,
        periods=3,
        breaching=2,
        at_edge=at_edge,
    )
