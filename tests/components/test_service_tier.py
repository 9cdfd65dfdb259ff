"""The service tier as a whole: cluster, firewall, images, and how services are deployed and scaled."""

from __future__ import annotations

from typing import Any

import pytest

from devtools.rehearsal.plugins.wire import UNKNOWN
from tests.components.service_tier import (
    ENDPOINTS_GROUP,
    LOAD_BALANCER_GROUP,
    REGISTRY,
    SERVICE,
    build,
    service,
    shop,
)
from tests.components.shared import DATA_KEY, LOGS_KEY
from tests.some import some

CLUSTER = "ecs/cluster:Cluster"
ALARM = "cloudwatch/metricAlarm:MetricAlarm"
EGRESS = "vpc/securityGroupEgressRule:SecurityGroupEgressRule"


# cluster


def test_the_cluster_watches_encrypts_and_records() -> None:
    cluster = shop().one(CLUSTER, "services-cluster").inputs
    assert cluster["name"] == "saleday-dev", "the data key's policy names it"
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    configuration = cluster["configuration"]
    assert configuration["managedStorageConfiguration"] == {"fargateEphemeralStorageKmsKeyId": DATA_KEY}
    commands = configuration["executeCommandConfiguration"]
    assert commands["logging"] == "OVERRIDE"
    assert commands["kmsKeyId"] == DATA_KEY
    assert commands["logConfiguration"]["cloudWatchEncryptionEnabled"] is True
    group = commands["logConfiguration"]["cloudWatchLogGroupName"]
    assert group in {one.inputs["name"] for one in shop().of("cloudwatch/logGroup:LogGroup")}


def test_every_log_group_is_encrypted_and_ends() -> None:
    groups = {one.inputs["name"]: one.inputs for one in shop().of("cloudwatch/logGroup:LogGroup")}
    for name, group in groups.items():
        assert group["kmsKeyId"] == LOGS_KEY, name
        assert group["retentionInDays"] == 90, name
    assert "/aws/ecs/containerinsights/saleday-dev/performance" in groups, "ECS would make it without key or end"


def test_both_kinds_of_fargate_are_there_and_none_is_the_default_but_the_safe_one() -> None:
    attached = shop().one("ecs/clusterCapacityProviders:ClusterCapacityProviders", "services-capacity").inputs
    assert attached["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    [default] = attached["defaultCapacityProviderStrategies"]
    assert default["capacityProvider"] == "FARGATE"


# firewall


def test_only_named_pairs_can_talk() -> None:
    assert shop().flows() == {
        (LOAD_BALANCER_GROUP, "ui", 8080, 8080),
        ("ui", "cart", 8080, 8080),
        ("ui", "catalog", 8080, 8080),
        ("worker", "cart", 8080, 8080),
        ("catalog", "sg-catalog-proxy", 3306, 3306),
        ("cart", "sg-sessions", 6379, 6379),
        *((name, ENDPOINTS_GROUP, 443, 443) for name in ("ui", "catalog", "cart", "worker")),
    }


def test_replicas_of_a_serverless_cache_are_reached_too() -> None:
    assert ("cart", "sg-sessions", 6379, 6380) in build(serverless_cache=True).flows()


def test_nothing_leaves_for_the_internet() -> None:
    for rule in shop().of(EGRESS):
        if "cidrIpv4" in rule.inputs:
            assert rule.inputs["cidrIpv4"] == "10.0.0.0/16", "the VPC itself, where GuardDuty puts its agent's endpoint"
            assert rule.inputs["fromPort"] == rule.inputs["toPort"] == 443
        assert "cidrIpv6" not in rule.inputs, rule.name
    lists: dict[str, set[str]] = {}
    for rule in shop().of(EGRESS):
        if "prefixListId" in rule.inputs:
            assert rule.inputs["fromPort"] == rule.inputs["toPort"] == 443
            lists.setdefault(rule.inputs["prefixListId"], set()).add(rule.name.split("-")[1])
    assert lists["pl-s3"] == {"ui", "catalog", "cart", "worker"}, "image layers are in S3"
    assert lists["pl-dynamodb"] == {"cart", "worker"}, "only users of tables"


def test_tasks_have_no_public_address_and_one_group_each() -> None:
    groups = []
    for name in shop().handles:
        network = shop().ecs_service(name)["networkConfiguration"]
        assert network["assignPublicIp"] is False
        assert network["subnets"] == ["subnet-app-a", "subnet-app-b"]
        groups += network["securityGroups"]
    assert len(set(groups)) == len(shop().handles)


# deployment


def test_scaled_out_services_are_left_alone_by_deployments() -> None:
    for name in some(shop().handles):
        assert shop().one(SERVICE, f"services-{name}-service").ignore_changes == ["desiredCount"]


def test_services_start_after_those_they_call() -> None:
    # Service Connect tells a task only of what was there when its deployment began.
    waits = shop().one(SERVICE, "services-ui-service").dependencies
    for callee in ("cart", "catalog"):
        assert any(urn.endswith(f"::services-{callee}-service") for urn in waits), callee


def test_services_that_call_each_other_are_built_all_the_same() -> None:
    built = build([service("ping", calls=["pong"]), service("pong", calls=["ping"])])
    assert set(built.handles) == {"ping", "pong"}
    assert {("ping", "pong", 8080, 8080), ("pong", "ping", 8080, 8080)} <= built.flows()


def test_a_bad_release_rolls_back() -> None:
    for name in shop().handles:
        one = shop().ecs_service(name)
        assert one["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert one["alarms"]["enable"] is True
        assert one["alarms"]["rollback"] is True
        alarms = {alarm.inputs["name"]: alarm.inputs for alarm in shop().of(ALARM)}
        watched = set(one["alarms"]["alarmNames"])
        assert watched
        made = {alarm.urn: alarm.inputs["name"] for alarm in shop().of(ALARM)}
        waits_for = set(shop().one("ecs/service:Service", f"services-{name}-service").dependencies)
        there = {made[urn] for urn in waits_for if urn in made}
        assert watched <= there, "ECS refuses a service with an alarm that is not there"
        for alarm in watched:
            assert alarms[alarm]["alarmActions"], alarm
            assert alarms[alarm]["treatMissingData"] == "notBreaching", "a silent service is no bad release"
    public = shop().ecs_service("ui")["alarms"]["alarmNames"]
    internal = shop().ecs_service("cart")["alarms"]["alarmNames"]
    assert "saleday-dev-ui-deploy-unhealthy" in public
    assert "saleday-dev-cart-deploy-unhealthy" not in internal, "no load balancer asks an internal service"


def test_errors_are_counted_where_the_customer_or_the_caller_gets_them() -> None:
    def errors(name: str) -> dict[str, Any]:
        queries = shop().one(ALARM, f"services-{name}-deploy-errors").inputs["metricQueries"]
        return next(query["metric"] for query in queries if query["id"] == "errors")

    assert errors("ui")["namespace"] == "AWS/ApplicationELB"
    assert errors("cart")["namespace"] == "AWS/ECS"
    assert errors("cart")["dimensions"] == {"TargetDiscoveryName": "saleday-dev-cart"}


def test_capacity_never_falls_during_a_deployment() -> None:
    for name in some(shop().handles):
        one = shop().ecs_service(name)
        assert one["deploymentMinimumHealthyPercent"] == 100
        assert one["deploymentMaximumPercent"] == 200, "the address plan counts on no more"
        assert one["availabilityZoneRebalancing"] == "ENABLED"
        assert one["enableExecuteCommand"] is False
        assert one["propagateTags"] == "SERVICE"


def test_spot_only_where_the_settings_say_so() -> None:
    assert shop().ecs_service("ui")["capacityProviderStrategies"] == [
        {"capacityProvider": "FARGATE", "base": 2, "weight": 3},
        {"capacityProvider": "FARGATE_SPOT", "weight": 1},
    ]
    for name in ("catalog", "cart", "worker"):
        assert shop().ecs_service(name)["capacityProviderStrategies"] == [
            {"capacityProvider": "FARGATE", "base": 1, "weight": 1}
        ]


def test_every_service_has_a_name_that_callers_can_use() -> None:
    for name, port in some({"ui": 8080, "worker": 9090}.items()):
        connect = shop().ecs_service(name)["serviceConnectConfiguration"]
        [offered] = connect["services"]
        assert offered["clientAlias"] == [{"dnsName": name, "port": port}]
        assert offered["discoveryName"] == f"saleday-dev-{name}", "its metrics know the name alone"
        assert offered["portName"] in {port["name"] for port in shop().containers(name)[0]["portMappings"]}


def test_only_public_services_are_behind_the_load_balancer() -> None:
    [group] = shop().of("lb/targetGroup:TargetGroup")
    assert group.inputs["name"] == "saleday-dev-ui"
    assert group.inputs["targetType"] == "ip"
    assert group.inputs["healthCheck"]["path"] == "/health"
    seconds = group.inputs["healthCheck"]["interval"] * group.inputs["healthCheck"]["healthyThreshold"]
    assert seconds <= 20, "AWS's defaults keep a new task idle for 150 s"
    [balancer] = shop().ecs_service("ui")["loadBalancers"]
    assert (balancer["containerName"], balancer["containerPort"]) == ("ui", 8080)
    for name in ("catalog", "cart", "worker"):
        assert "loadBalancers" not in shop().ecs_service(name)
        assert "healthCheckGracePeriodSeconds" not in shop().ecs_service(name), "ECS refuses it without load balancer"


def test_a_service_waits_for_its_listener_rules() -> None:
    # ECS refuses a target group that no load balancer uses yet.
    waits = shop().one(SERVICE, "services-ui-service").dependencies
    rules = shop().of("lb/listenerRule:ListenerRule")
    assert rules
    for rule in rules:
        assert any(urn.endswith(f"::{rule.name}") for urn in waits), rule.name


def test_production_keeps_the_task_definitions_it_may_roll_back_to() -> None:
    for built, kept in ((shop(), False), (shop(production=True), True)):
        assert {one.inputs["skipDestroy"] for one in built.of("ecs/taskDefinition:TaskDefinition")} == {kept}


def test_tasks_run_on_graviton_in_sizes_of_the_settings() -> None:
    built = build([service("ui", cpu=1024, memory=3072)])
    task = built.one("ecs/taskDefinition:TaskDefinition", "services-ui-task").inputs
    assert task["runtimePlatform"] == {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    assert (task["cpu"], task["memory"]) == ("1024", "3072")
    assert task["networkMode"] == "awsvpc"
    assert task["requiresCompatibilities"] == ["FARGATE"]


def test_containers_can_be_read_in_a_preview_where_nothing_in_them_is_unknown() -> None:
    built = build(preview=True)
    assert built.containers("ui")[0]["image"].startswith(REGISTRY)
    assert built.containers("worker")
    later = built.one("ecs/taskDefinition:TaskDefinition", "services-catalog-task").inputs["containerDefinitions"]
    assert later is UNKNOWN, "the endpoint is not known before the database is there"


# variables


def test_references_become_what_the_stack_has_built() -> None:
    def variables(name: str) -> dict[str, str]:
        return {item["name"]: item["value"] for item in shop().containers(name)[0]["environment"]}

    assert variables("ui")["CART"] == "http://cart:8080"
    assert variables("ui")["WHERE"] == "dev in ap-south-1"
    assert variables("catalog")["DB"] == "catalog.proxy.example:3306/catalogdb"
    assert variables("cart")["TABLE"] == "saleday-dev-carts"


def test_a_database_password_is_fetched_from_its_managed_secret() -> None:
    [secret] = shop().containers("catalog")[0]["secrets"]
    assert secret["name"] == "DB_PASSWORD"
    assert secret["valueFrom"].endswith(":secret:rds!cluster-1-AbCdEf:password::"), "one key of the secret's JSON"


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("${database.catalog.readerEndpoint}", "catalog-ro.proxy.example"),
        ("${queue.orders.url}", "https://sqs.ap-south-1.amazonaws.com/123456789012/saleday-dev-orders"),
        ("${queue.orders.name}", "saleday-dev-orders"),
        ("${bucket.media.name}", "saleday-dev-media"),
        ("rediss://${cache.sessions.endpoint}:${cache.sessions.port}", "rediss://sessions.cache.example:6379"),
        ("${service.app.host}:${service.app.port}", "app:7000"),
        ("plain $HOME", "plain $HOME"),
    ],
)
def test_every_kind_of_reference_has_a_value(reference: str, value: str) -> None:
    built = build([service("app", port=7000, environment={"X": reference})])
    environment = {item["name"]: item["value"] for item in built.containers("app")[0]["environment"]}
    assert environment["X"] == value


# handles


def test_handles_name_what_alarms_are_keyed_by() -> None:
    ui, worker = shop().handles["ui"], shop().handles["worker"]
    assert ui.service_name == shop().ecs_service("ui")["name"]
    assert ui.target_group_arn_suffix is not None
    assert worker.target_group_arn_suffix is None
    assert worker.backlog_queue == "orders"
    assert worker.discovery_name == "saleday-dev-worker"
    assert ui.task_role_arn == "arn:aws:iam::123456789012:role/saleday-dev-ui-task"
    assert ui.task_role_arn == shop().one("ecs/taskDefinition:TaskDefinition", "services-ui-task").inputs["taskRoleArn"]


@pytest.mark.parametrize("production", [False, True])
def test_what_services_use_is_among_their_outputs_as_the_stack_is_judged_by_these(production: bool) -> None:
    services = shop(production).recorded.of("saleday:service:Service")
    assert services
    for one in services:
        assert one.registered[0]["uses"] == one.inputs["uses"]
        assert one.registered[0]["calls"] == one.inputs["calls"]
    assert any(one.registered[0]["uses"] for one in services)
