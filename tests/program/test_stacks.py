"""Both stacks as whole programs, and the variants that settings allow."""

from __future__ import annotations

import json

import pytest

from devtools.recording.programs import recorded, run, stack_values
from devtools.recording.recorded import Recorded
from tests.some import some


@pytest.fixture(scope="module")
def prod() -> Recorded:
    return recorded("prod")


@pytest.fixture(scope="module")
def dev() -> Recorded:
    return recorded("dev")


def test_prod_is_a_whole_shop(prod: Recorded) -> None:
    assert len(prod.resources) >= 250
    services = {service.inputs["name"] for service in prod.of("aws:ecs/service:Service")}
    assert services == {f"saleday-prod-{name}" for name in ("ui", "catalog", "cart", "checkout", "orders")}
    assert {cluster.inputs["engine"] for cluster in prod.of("aws:rds/cluster:Cluster")} == {
        "aurora-mysql",
        "aurora-postgresql",
    }


def test_what_keeps_data_is_protected_in_prod_and_can_be_destroyed_in_dev(prod: Recorded, dev: Recorded) -> None:
    for shop, production in ((prod, True), (dev, False)):
        for cluster in shop.of("aws:rds/cluster:Cluster"):
            assert cluster.inputs["deletionProtection"] is production
            assert cluster.inputs["skipFinalSnapshot"] is not production
        for table in shop.of("aws:dynamodb/table:Table"):
            assert table.inputs.get("deletionProtectionEnabled", False) is production
        assert shop.one("aws:lb/loadBalancer:LoadBalancer").inputs["enableDeletionProtection"] is production


def test_zones_and_nat_gateways_follow_the_stack(prod: Recorded, dev: Recorded) -> None:
    def count(shop: Recorded, token: str) -> int:
        return len(shop.of(token, of_components=True))

    assert count(prod, "aws:ec2/subnet:Subnet") == 9, "three tiers in three zones"
    assert count(prod, "aws:ec2/natGateway:NatGateway") == 3
    assert count(dev, "aws:ec2/subnet:Subnet") == 6
    assert count(dev, "aws:ec2/natGateway:NatGateway") == 1


def test_dev_comes_up_on_the_cloudfront_name_without_any_certificate(dev: Recorded) -> None:
    assert not dev.of("aws:acm/certificate:Certificate")
    assert not dev.of("aws:route53/record:Record")
    assert dev.exports["url"].startswith("https://")
    assert dev.exports["url"].endswith(".cloudfront.net")


def test_prod_answers_on_its_own_domain(prod: Recorded) -> None:
    assert prod.exports["url"] == "https://shop.example.com"
    assert len(prod.of("aws:acm/certificate:Certificate")) == 2, "in the region and in us-east-1"


def test_only_dev_is_switched_off(prod: Recorded, dev: Recorded) -> None:
    for token in ("aws:scheduler/schedule:Schedule", "aws:appautoscaling/scheduledAction:ScheduledAction"):
        assert dev.of(token), token
        assert not [one.name for one in prod.of(token) if one.name.endswith(("-on", "-off", "-start", "-stop"))], token


def test_prod_indexes_its_catalogue_every_night_on_spot(prod: Recorded) -> None:
    schedule = prod.one("aws:scheduler/schedule:Schedule", "services-indexing-schedule").inputs
    [strategy] = schedule["target"]["ecsParameters"]["capacityProviderStrategies"]
    assert strategy["capacityProvider"] == "FARGATE_SPOT"
    assert schedule["scheduleExpression"] == "cron(0 2 * * ? *)"
    imported = json.loads(prod.one("aws:lambda/invocation:Invocation").inputs["input"])["images"]
    assert any("mysql" in image["repository"] for image in imported), "its tasks have no way to the internet"


def test_no_secret_reaches_a_task_in_plain_text(prod: Recorded) -> None:
    for definition in some(prod.of("aws:ecs/taskDefinition:TaskDefinition")):
        for container in json.loads(definition.inputs["containerDefinitions"]):
            names = {variable["name"] for variable in container.get("environment", [])}
            assert not any("PASSWORD" in name or "SECRET" in name for name in names), definition.name
            for secret in container.get("secrets", []):
                assert secret["valueFrom"].startswith("arn:aws:"), "by reference only"


def test_nothing_that_costs_a_commitment_is_bought(prod: Recorded, dev: Recorded) -> None:
    for shop in (prod, dev):
        bought = [one.token for one in shop.resources if one.token.startswith(("aws:shield/", "aws:savingsplans/"))]
        assert not bought
        assert not [one for one in shop.resources if "reserved" in one.token.lower()]


def services_changed(stack: str, **fields: object) -> list[dict[str, object]]:
    services: list[dict[str, object]] = stack_values(stack)["saleday:services"]
    return [service | fields for service in services]


VARIANTS: dict[str, tuple[str, dict[str, object]]] = {
    "another region, Shield Advanced": (
        "prod",
        {
            "aws:region": "eu-central-1",
            "saleday:edge": {
                "domain": "shop.example.com",
                "hostedZoneId": "Z123",
                "shieldAdvanced": {"commitmentMonths": 12, "monthlyFeeUsd": 3000},
            },
        },
    ),
    "the edge's own region, no domain": ("prod", {"aws:region": "us-east-1", "saleday:edge": {}}),
    "a public load balancer": (
        "prod",
        {"saleday:edge": {"domain": "shop.example.com", "hostedZoneId": "Z123", "origin": "publicAlb"}},
    ),
    "serverless cache, on at all hours": (
        "dev",
        {
            "saleday:data": stack_values("dev")["saleday:data"] | {"caches": [{"name": "sessions", "serverless": {}}]},
            "saleday:operatingHours": None,
        },
    ),
    "provisioned databases without proxies, checkout on instances, a job on Spot": (
        "dev",
        {
            "saleday:data": stack_values("dev")["saleday:data"]
            | {
                "databases": [
                    {
                        "name": name,
                        "engine": engine,
                        "databaseName": f"{name}db",
                        "provisioned": {"instanceClass": "db.r7g.large"},
                        "proxy": None,
                    }
                    for name, engine in (("catalog", "aurora-mysql"), ("orders", "aurora-postgresql"))
                ]
            },
            "saleday:services": [
                service | ({"compute": "ec2"} if service["name"] == "checkout" else {})
                for service in stack_values("dev")["saleday:services"]
            ],
            "saleday:jobs": stack_values("prod")["saleday:jobs"],
        },
    ),
    "one service without stores": (
        "dev",
        {
            "saleday:services": [{"name": "ui", "image": "public.ecr.aws/shop/ui:1", "publicPaths": ["/*"]}],
            "saleday:data": {},
            "saleday:events": None,
        },
    ),
}


SAMPLED = [
    name if not number or name == "one service without stores" else pytest.param(name, marks=pytest.mark.thorough)
    for number, name in enumerate(VARIANTS)
]


@pytest.mark.parametrize("name", SAMPLED)
def test_a_variant_of_the_settings_builds_a_shop(name: str) -> None:
    stack, changes = VARIANTS[name]
    shop = run(stack, changes)
    assert shop.exports["url"].startswith("https://")
    assert bool(shop.of("aws:shield/subscription:Subscription")) is ("Shield Advanced" in name), "only if named in full"
    region = str(changes.get("aws:region", "ap-south-1"))
    for cluster in shop.of("aws:ecs/cluster:Cluster"):
        assert f":{region}:" in cluster.outputs["arn"]


def test_the_example_on_kubernetes_runs_the_same_services_as_development(dev: Recorded) -> None:
    example = recorded("eks")
    assert example.exports["url"].startswith("https://")
    files = {one.inputs["key"] for one in example.of("aws:s3/bucketObjectv2:BucketObjectv2")}
    names = {service["name"] for service in stack_values("dev")["saleday:services"]}
    assert files == {"platform.yaml", *(f"{name}.yaml" for name in names)}
    assert not example.of("aws:ecs/service:Service")
    watched = "aws:cloudwatch/metricAlarm:MetricAlarm"
    of_ecs = [one.name for one in example.of(watched) if "ECS" in json.dumps(one.inputs)]
    assert not of_ecs, "nothing there publishes such a metric"
    missing = [one for one in dev.of(watched) if one.name.endswith("-tasks-missing")]
    assert len(missing) == len([one for one in example.of(watched) if one.name.endswith("-tasks-missing")])


def test_one_more_service_moves_nothing_that_was_there(dev: Recorded) -> None:
    more = [*stack_values("dev")["saleday:services"], {"name": "reviews", "image": "public.ecr.aws/shop/reviews:1"}]
    before = {resource.urn for resource in dev.resources}
    after = {resource.urn for resource in run("dev", {"saleday:services": more}).resources}
    assert before <= after
    assert all("reviews" in urn for urn in after - before), "what comes with a service carries its name"
