"""How many tasks run: targets, bounds, operating hours and sales."""

from __future__ import annotations

from typing import Any

from sale.plan import Bounds
from tests.components.service_tier import (
    HOURS,
    SHOP,
    Built,
    build,
    shop,
)

POLICY = "appautoscaling/policy:Policy"


def tracking(built: Built, name: str) -> dict[str, Any]:
    """Target tracking of a service, by what it follows."""
    prefix = f"services-{name}-scaling-"
    found = [one for one in built.of(POLICY) if one.name.startswith(prefix)]
    return {one.name.removeprefix(prefix): one.inputs["targetTrackingScalingPolicyConfiguration"] for one in found}


def test_each_service_follows_what_its_settings_name() -> None:
    assert set(tracking(shop(), "ui")) == {"cpu", "requests"}
    assert set(tracking(shop(), "cart")) == {"cpu"}
    assert set(tracking(shop(), "worker")) == {"cpu", "backlog"}


def test_bounds_and_cooldowns_are_the_settings() -> None:
    target = shop().one("appautoscaling/target:Target", "services-ui-scaling").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 9)
    assert target["resourceId"] == "service/saleday-dev/saleday-dev-ui"
    cpu = tracking(shop(), "ui")["cpu"]
    assert cpu["targetValue"] == 60
    assert (cpu["scaleOutCooldown"], cpu["scaleInCooldown"]) == (30, 300)


def test_requests_are_counted_at_the_services_own_target_group() -> None:
    metric = tracking(shop(), "ui")["requests"]["predefinedMetricSpecification"]
    assert metric["predefinedMetricType"] == "ALBRequestCountPerTarget"
    balancer, _, group = metric["resourceLabel"].partition("/targetgroup/")
    assert balancer == "app/saleday-dev/1"
    assert group.startswith("saleday-dev-ui/")


def test_backlog_is_shared_among_running_tasks() -> None:
    metrics = tracking(shop(), "worker")["backlog"]["customizedMetricSpecification"]["metrics"]
    by_id = {metric["id"]: metric for metric in metrics}
    assert by_id["visible"]["metricStat"]["metric"]["dimensions"] == [
        {"name": "QueueName", "value": "saleday-dev-orders"}
    ]
    assert {item["value"] for item in by_id["tasks"]["metricStat"]["metric"]["dimensions"]} == {
        "saleday-dev",
        "saleday-dev-worker",
    }
    assert [metric["id"] for metric in metrics if metric["returnData"]] == ["backlog"], "AWS wants exactly one result"
    assert "IF(tasks > 0" in by_id["backlog"]["expression"], "no task yet must not divide by zero"


def test_a_stack_without_hours_is_always_on() -> None:
    assert shop().of("appautoscaling/scheduledAction:ScheduledAction") == []


def test_outside_operating_hours_no_task_runs() -> None:
    actions = {one.name: one.inputs for one in build(hours=HOURS).of("appautoscaling/scheduledAction:ScheduledAction")}
    assert len(actions) == 2 * len(SHOP)
    off, on = actions["services-ui-scaling-off"], actions["services-ui-scaling-on"]
    assert off["scalableTargetAction"] == {"minCapacity": 0, "maxCapacity": 0}
    assert on["scalableTargetAction"] == {"minCapacity": 2, "maxCapacity": 9}
    assert off["schedule"] == "cron(15 20 ? * MON-FRI *)"
    assert on["schedule"] == "cron(30 8 ? * MON-FRI *)"
    assert off["timezone"] == on["timezone"] == "Asia/Kolkata"


def test_a_deployment_at_night_starts_nothing_and_brings_the_morning_new_bounds() -> None:
    changed = [{**SHOP[0], "scaling": {"min": 4, "max": 20}}, *SHOP[1:]]
    night = build(changed, hours=HOURS, bounds={"ui": Bounds(0, 0)})
    target = night.one("appautoscaling/target:Target", "services-ui-scaling").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (0, 0)
    assert night.one("ecs/service:Service", "services-ui-service").inputs["desiredCount"] == 0
    on = night.one("appautoscaling/scheduledAction:ScheduledAction", "services-ui-scaling-on").inputs
    assert on["scalableTargetAction"] == {"minCapacity": 4, "maxCapacity": 20}
    assert night.handles["ui"].min_tasks == 4, "alarms and graphs are the same by day and night"


def test_a_deployment_in_a_sale_keeps_its_minimum_and_raises_the_maximum() -> None:
    amid = build([{**SHOP[0], "scaling": {"min": 2, "max": 20}}, *SHOP[1:]], bounds={"ui": Bounds(9, 20)})
    target = amid.one("appautoscaling/target:Target", "services-ui-scaling").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (9, 20)
    assert amid.handles["ui"].min_tasks == 2
