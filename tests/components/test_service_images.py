"""Images of services: whose registry they come from, and how long they are kept."""

from __future__ import annotations

import json

from tests.components.service_tier import (
    DELIVERY_KEY,
    REGISTRY,
    SERVICE,
    build,
    service,
    shop,
)
from tests.some import some


def test_images_come_from_the_accounts_own_registry() -> None:
    for name in some(shop().handles):
        main, collector = shop().containers(name)
        assert main["image"] == f"{REGISTRY}/saleday-dev-public/shop/{name}:1.0"
        assert collector["image"].startswith(f"{REGISTRY}/saleday-dev-public/aws-observability/aws-otel-collector:v")


def test_an_image_of_ones_own_is_pulled_as_it_is() -> None:
    image = f"{REGISTRY}/saleday-dev-ui@sha256:{'a' * 64}"
    built = build([service("ui", image=image)])
    assert built.containers("ui")[0]["image"] == image
    imported = built.one("lambda/invocation:Invocation", "services-image-import-run").inputs["input"]
    assert "saleday-dev-ui" not in imported, "only public images are copied"


def test_repositories_are_immutable_scanned_and_encrypted() -> None:
    repositories = {one.inputs["name"]: one.inputs for one in shop().of("ecr/repository:Repository")}
    own = {f"saleday-dev-{name}" for name in shop().handles}
    cached = {f"saleday-dev-public/shop/{name}" for name in shop().handles}
    assert set(repositories) == own | cached | {"saleday-dev-public/aws-observability/aws-otel-collector"}
    for name, repository in repositories.items():
        assert repository["imageTagMutability"] == "IMMUTABLE", name
        assert repository["imageScanningConfiguration"] == {"scanOnPush": True}, name
        assert repository["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": DELIVERY_KEY}], name


def test_images_end_and_go_with_a_stack_that_is_not_production() -> None:
    for built, force in ((shop(), True), (shop(production=True), False)):
        assert {one.inputs["forceDelete"] for one in built.of("ecr/repository:Repository")} == {force}
    policies = shop().of("ecr/lifecyclePolicy:LifecyclePolicy")
    assert len(policies) == len(shop().handles)
    for policy in policies:
        rules = json.loads(policy.inputs["policy"])["rules"]
        assert [rule["selection"]["tagStatus"] for rule in rules] == ["untagged", "any"], "`any` has to come last"


def test_no_task_starts_before_its_images_are_there() -> None:
    built = shop()
    run = built.one("lambda/invocation:Invocation", "services-image-import-run")
    asked = {image["repository"] for image in json.loads(run.inputs["input"])["images"]}
    repositories = {one.inputs["name"] for one in built.of("ecr/repository:Repository")}
    assert asked == {name for name in repositories if name.startswith("saleday-dev-public/")}
    for name in built.handles:
        waits = built.one(SERVICE, f"services-{name}-service").dependencies
        assert any(urn.endswith("::services-image-import-run") for urn in waits), name
