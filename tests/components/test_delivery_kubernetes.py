"""The pipeline of a service that runs in a Kubernetes cluster."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.delivery import buildspec
from components.handles import KubernetesHandle
from components.service.kubernetes.manifests.text import to_yaml
from tests.components.delivery_tier import GITHUB, Built, build
from tests.components.shared import ACCOUNT, REGION
from tests.components.test_delivery_buildspec import DIGEST, REGISTRY, Ran, run

CART = {
    "name": "cart",
    "image": "public.ecr.aws/shop/cart:1",
    "env": [{"name": "cart", "value": "$5 `off` 'now'"}],
    "ports": [{"name": "http", "containerPort": 8080}],
    "volumeMounts": [{"name": "cart", "mountPath": "/tmp"}],
}
COLLECTOR = {"name": "collector", "image": "public.ecr.aws/otel:1"}


def objects(*containers: dict[str, Any]) -> str:
    pod = {"containers": list(containers), "volumes": [{"name": "cart", "emptyDir": {}}]}
    deployment = {"kind": "Deployment", "metadata": {"name": "cart"}, "spec": {"template": {"spec": pod}}}
    return to_yaml([{"kind": "ServiceAccount", "metadata": {"name": "cart"}}, deployment])


CLUSTER = KubernetesHandle(
    cluster_name="saleday-prod",
    cluster_arn=f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/saleday-prod",
    cluster=pulumi.Output.from_input("saleday-prod"),
    security_group_id=pulumi.Output.from_input("sg-1"),
    namespace="shop",
    manifests_bucket="saleday-prod-manifests",
    manifests_bucket_arn="arn:aws:s3:::saleday-prod-manifests",
    manifests={"platform": "platform.yaml", "cart": "cart.yaml"},
)


@functools.cache
def shop() -> Built:
    return build(GITHUB, kubernetes=CLUSTER)


def test_the_cluster_takes_the_manifest_of_the_build_and_ecs_services_go_on_as_before() -> None:
    (action,) = shop().stages("cart")["Deploy"]["actions"]
    assert action["provider"] == "EKS"
    assert action["configuration"] == {
        "ClusterName": "saleday-prod",
        "Namespace": "shop",
        "ManifestFiles": buildspec.MANIFEST,
    }
    assert [one["provider"] for one in shop().stages("ui")["Deploy"]["actions"]] == ["ECS", "Lambda"]


def fill_in(tmp_path: Path, text: str) -> Ran:
    spec = shop().inputs("codebuild/project:Project", "delivery-cart-image")["source"]["buildspec"]
    assert buildspec.MANIFEST in json.loads(spec)["artifacts"]["files"]
    return run(tmp_path, spec, objects=text, MANIFESTS="saleday-prod-manifests", MANIFEST_KEY="cart.yaml")


def test_the_build_fills_the_image_in_by_digest_and_leaves_the_rest_as_it_is(tmp_path: Path) -> None:
    ran = fill_in(tmp_path, objects(COLLECTOR, CART))
    assert ran.code == 0, ran.said
    assert "aws s3 cp --only-show-errors s3://saleday-prod-manifests/cart.yaml -" in ran.calls
    released = CART | {"image": f"{REGISTRY}/saleday-prod-cart@{DIGEST}"}
    filled = (ran.folder / buildspec.MANIFEST).read_text()
    assert list(yaml.safe_load_all(filled)) == list(yaml.safe_load_all(objects(COLLECTOR, released)))


@pytest.mark.parametrize("containers", [(COLLECTOR,), (CART, CART)], ids=["none", "two"])
def test_objects_without_just_one_container_of_the_service_are_not_delivered(
    tmp_path: Path, containers: tuple[dict[str, Any], ...]
) -> None:
    ran = fill_in(tmp_path, objects(*containers))
    assert ran.code != 0
    assert "not one container cart" in ran.said


def test_the_build_reads_the_services_objects_and_no_others() -> None:
    project = shop().inputs("codebuild/project:Project", "delivery-cart-image")
    variables = {one["name"]: one["value"] for one in project["environment"]["environmentVariables"]}
    assert (variables["MANIFESTS"], variables["MANIFEST_KEY"]) == ("saleday-prod-manifests", "cart.yaml")
    reading = shop().statements("cart-image-policy")["ReadObjects"]
    assert reading["Resource"] == ["arn:aws:s3:::saleday-prod-manifests/cart.yaml"]
    assert "ReadObjects" not in shop().statements("ui-image-policy"), "it runs in ECS"


def test_a_freeze_holds_the_cluster_too() -> None:
    assert shop().stages("cart")["Deploy"]["beforeEntry"]["condition"]["result"] == "FAIL"
    refusal = shop().statements("cart-deploy-policy")["FrozenAnnualSale"]
    assert (refusal["Effect"], refusal["Action"]) == ("Deny", ["eks:DescribeCluster"]), "without it there is no way in"


def test_the_deploy_role_finds_this_cluster_and_changes_its_services_namespace_only() -> None:
    statements = shop().statements("cart-deploy-policy")
    assert statements["FindCluster"]["Resource"] == [f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/saleday-prod"]
    assert "Deploy" not in statements, "nothing of ECS"
    association = shop().inputs("eks/accessPolicyAssociation:AccessPolicyAssociation", "delivery-cart-deploy")
    assert association["accessScope"] == {"type": "namespace", "namespaces": ["shop"]}
    assert association["principalArn"] == f"arn:aws:iam::{ACCOUNT}:role/saleday-prod-cart-deploy"
    assert len(shop().of("eks/accessEntry:AccessEntry")) == 1


def test_where_nothing_runs_in_ecs_there_is_nothing_to_record() -> None:
    alone = build({**GITHUB, "services": [{"name": "cart"}]}, kubernetes=CLUSTER)
    functions = {one.inputs["name"] for one in alone.of("lambda/function:Function")}
    assert functions == {"saleday-prod-freeze-check", "saleday-prod-patch-build"}
    assert alone.of("ssm/parameter:Parameter") == []
    assert [one.name for one in shop().of("ssm/parameter:Parameter")] == ["delivery-release-ui"]


def test_new_objects_start_the_pipeline_that_delivers_them() -> None:
    pattern = json.loads(shop().inputs("cloudwatch/eventRule:EventRule", "delivery-objects-cart")["eventPattern"])
    assert pattern["detail"] == {"bucket": {"name": ["saleday-prod-manifests"]}, "object": {"key": ["cart.yaml"]}}
    names = {one.name for one in shop().of("cloudwatch/eventRule:EventRule")}
    assert "delivery-objects-ui" not in names, "it runs in ECS"
