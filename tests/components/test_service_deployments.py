"""Deployments of services: rolling, blue/green and canary, each rolled back by alarms."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from tests.components.service_tier import Built, build, service

RULE = "lb/listenerRule:ListenerRule"
GROUP = "lb/targetGroup:TargetGroup"
PATHS = ["/", "/home", "/cart/*", "/assets/*"]


@functools.cache
def shop(strategy: str) -> Built:
    deployment = {"strategy": strategy, "bakeMinutes": 15, "canaryPercent": 5, "canaryBakeMinutes": 20}
    services = [service("ui", publicPaths=PATHS, calls=["cart"]), service("cart")]
    return build([one | {"deployment": deployment} for one in services])


def configuration(strategy: str, name: str = "ui") -> dict[str, Any]:
    found: dict[str, Any] = shop(strategy).ecs_service(name)["deploymentConfiguration"]
    return found


def test_each_strategy_is_ecs_own() -> None:
    assert configuration("rolling") == {"strategy": "ROLLING"}
    assert configuration("blueGreen") == {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "15"}
    assert configuration("canary") == {
        "strategy": "CANARY",
        "bakeTimeInMinutes": "15",
        "canaryConfiguration": {"canaryPercent": 5, "canaryBakeTimeInMinutes": "20"},
    }


@pytest.mark.parametrize("strategy", ["rolling", "blueGreen", "canary"])
@pytest.mark.parametrize("name", ["ui", "cart"])
def test_alarms_and_failing_tasks_roll_every_deployment_back(strategy: str, name: str) -> None:
    made = shop(strategy).ecs_service(name)
    assert made["alarms"]["rollback"] is True
    assert made["alarms"]["alarmNames"]
    assert made["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


@pytest.mark.parametrize("strategy", ["blueGreen", "canary"])
def test_a_public_service_has_two_target_groups_between_which_ecs_turns_its_one_rule(strategy: str) -> None:
    built = shop(strategy)
    first, second = built.of(GROUP)
    assert (first.inputs["name"], second.inputs["name"]) == ("saleday-dev-ui", "saleday-dev-ui-b")
    (rule,) = built.of(RULE)
    (target,) = built.ecs_service("ui")["loadBalancers"]
    assert target["advancedConfiguration"] == {
        "alternateTargetGroupArn": second.outputs["arn"],
        "productionListenerRule": rule.outputs["arn"],
        "roleArn": built.one("iam/role:Role", "services-ui-shift-role").outputs["arn"],
    }
    forward = rule.inputs["actions"][0]["forward"]["targetGroups"]
    assert [(one["arn"], one["weight"]) for one in forward] == [(first.outputs["arn"], 100), (second.outputs["arn"], 0)]
    assert rule.ignore_changes == ["actions"], "an update must not turn the traffic back"


def test_all_paths_are_in_the_one_rule() -> None:
    (rule,) = shop("blueGreen").of(RULE)
    (condition,) = rule.inputs["conditions"]
    assert condition == {"pathPattern": {"regexValues": ["^(/|/assets/.*|/cart/.*|/home)$"]}}
    assert len(shop("rolling").of(RULE)) == 3, "a rule for each length of path, without the need for one"


def test_an_internal_service_shifts_by_service_connect_and_needs_no_role() -> None:
    built = shop("canary")
    assert "loadBalancers" not in built.ecs_service("cart")
    assert not [one for one in built.of("iam/role:Role") if one.name == "services-cart-shift-role"]
    assert built.ecs_service("cart")["serviceConnectConfiguration"]["enabled"] is True


def test_ecs_alone_takes_on_the_role_that_turns_rules() -> None:
    attached = [
        one.inputs["policyArn"] for one in shop("blueGreen").of("iam/rolePolicyAttachment:RolePolicyAttachment")
    ]
    assert attached == [
        "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers",
    ]
    role = shop("blueGreen").one("iam/role:Role", "services-ui-shift-role")
    assert '"ecs.amazonaws.com"' in role.inputs["assumeRolePolicy"]


def test_deployment_alarms_look_at_whichever_group_has_the_traffic() -> None:
    built = shop("blueGreen")
    groups = {one.outputs["arnSuffix"] for one in built.of(GROUP)}
    assert len(groups) == 2
    for what in ("errors", "unhealthy"):
        alarm = built.one("cloudwatch/metricAlarm:MetricAlarm", f"services-ui-deploy-{what}").inputs
        seen = {query["metric"]["dimensions"]["TargetGroup"] for query in alarm["metricQueries"] if "metric" in query}
        assert seen == groups, what
    assert built.handles["ui"].alternate_target_group_arn_suffix is not None


def test_a_rolling_service_has_one_group() -> None:
    assert len(shop("rolling").of(GROUP)) == 1
    assert shop("rolling").handles["ui"].alternate_target_group_arn_suffix is None
