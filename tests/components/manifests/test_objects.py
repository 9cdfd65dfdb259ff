"""What the objects of a service say: hardened, spread, scaled, fenced, and never a secret in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from components.service.kubernetes.manifests import SecretKey, to_yaml
from components.service.kubernetes.manifests.names import Object
from tests.components.manifests.shop import CART, GROUP, SECRET, UI, platform, pod, rendered


def containers(objects: dict[str, Object]) -> list[Object]:
    return [*pod(objects)["initContainers"], *pod(objects)["containers"]]


def main(objects: dict[str, Object]) -> Object:
    [container] = pod(objects)["containers"]
    return dict(container)


@pytest.mark.parametrize("settings", [UI, CART], ids=["ui", "cart"])
def test_pods_are_hardened_like_tasks(settings: dict[str, Any]) -> None:
    objects = rendered(settings)
    for container in containers(objects):
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True, container["name"]
        assert context["privileged"] is context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"].keys() == {"cpu", "memory"}
    spec = pod(objects)
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False, "the cluster's API is no business of a service"
    assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
    assert not [volume for volume in spec["volumes"] if "hostPath" in volume]


def test_the_namespace_refuses_pods_that_are_not() -> None:
    [namespace] = [one for one in platform() if one["kind"] == "Namespace"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_user_group_and_writable_paths_are_the_settings() -> None:
    spec = pod(rendered(CART))
    context = spec["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (1001, 1002, 1002)
    mounts = {mount["mountPath"]: mount["name"] for mount in main(rendered(CART))["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    for path in ("/tmp", "/var/run/cart"):
        assert volumes[mounts[path]]["emptyDir"] == {"medium": "Memory", "sizeLimit": "64Mi"}


def test_service_and_collector_together_are_as_large_as_the_task() -> None:
    limits = [container["resources"]["limits"] for container in containers(rendered(UI))]
    assert sum(int(one["memory"].removesuffix("Mi")) for one in limits) == 2048
    assert sum(int(one["cpu"].removesuffix("m")) for one in limits) == pytest.approx(1000, abs=2)


def test_the_collector_is_a_sidecar_that_outlives_the_service() -> None:
    [collector] = pod(rendered(UI))["initContainers"]
    assert (collector["name"], collector["restartPolicy"]) == ("aws-otel-collector", "Always")


def test_a_deployment_leaves_its_replicas_to_the_autoscaler_and_never_shrinks() -> None:
    spec = rendered(UI)["Deployment"]["spec"]
    assert "replicas" not in spec, "applying it again would reset what the autoscaler has set"
    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert spec["minReadySeconds"] >= 20, "the load balancer checks twice, 10 s apart, before it sends anything"


def test_pods_spread_over_zones_and_nodes_but_start_where_a_zone_is_lost() -> None:
    constraints = {one["topologyKey"]: one for one in pod(rendered(UI))["topologySpreadConstraints"]}
    assert set(constraints) == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    assert {one["whenUnsatisfiable"] for one in constraints.values()} == {"ScheduleAnyway"}


def test_probes_ask_the_health_path_but_a_sick_store_restarts_nobody() -> None:
    container = main(rendered(UI))
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["path"] == "/ready"
    assert "httpGet" not in container["livenessProbe"]
    start = container["startupProbe"]
    assert start["periodSeconds"] * start["failureThreshold"] == 180
    grace = pod(rendered(UI))["terminationGracePeriodSeconds"]
    assert grace > container["lifecycle"]["preStop"]["sleep"]["seconds"], "time is left to stop after draining"


def test_the_autoscaler_follows_the_settings() -> None:
    spec = rendered(UI)["HorizontalPodAutoscaler"]["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 9)
    assert spec["metrics"][0]["resource"]["target"]["averageUtilization"] == 55
    assert spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 240
    none = rendered(UI | {"scaling": {"min": 0, "max": 1}})["HorizontalPodAutoscaler"]["spec"]
    assert none["minReplicas"] == 1, "Kubernetes takes no 0"


def test_secrets_come_by_reference_with_the_pods_own_identity() -> None:
    objects = rendered(UI)
    assert "secretKeyRef" in json.dumps(main(objects)["env"])
    provider = objects["SecretProviderClass"]["spec"]
    assert provider["parameters"]["usePodIdentity"] == "true"
    asked = yaml.safe_load(provider["parameters"]["objects"])
    assert [(one["objectName"], one["jmesPath"][0]["path"]) for one in asked] == [
        (SECRET, "password"),
        (SECRET, "username"),
    ]
    assert {one["jmesPath"][0]["objectAlias"] for one in asked} == {"DB_PASSWORD", "DB_USER"}
    assert len({one["objectAlias"] for one in asked}) == 2, "one secret twice needs two names"
    synced = {one["key"] for one in provider["secretObjects"][0]["data"]}
    wanted = {one["valueFrom"]["secretKeyRef"]["key"] for one in main(objects)["env"] if "valueFrom" in one}
    assert synced == wanted
    mounted = [one for one in pod(objects)["volumes"] if "csi" in one]
    assert mounted, "the driver fetches only what a pod mounts"


def test_without_secrets_nothing_is_mounted() -> None:
    objects = rendered(UI, secrets={})
    assert "SecretProviderClass" not in objects
    assert not [one for one in pod(objects)["volumes"] if "csi" in one]


@pytest.mark.parametrize(
    ("reference", "arn", "key"),
    [
        (f"{SECRET}:password::", SECRET, "password"),
        (SECRET, SECRET, ""),
        ("arn:aws:ssm:eu-west-1:1:parameter/shop/key", "arn:aws:ssm:eu-west-1:1:parameter/shop/key", ""),
    ],
)
def test_a_secret_is_found_by_what_ecs_would_be_told(reference: str, arn: str, key: str) -> None:
    assert SecretKey.parse(reference) == SecretKey(arn, key)


def test_parameters_are_asked_of_the_parameter_store() -> None:
    arn = "arn:aws:ssm:ap-south-1:123456789012:parameter/shop/key"
    spec = rendered(UI, secrets={"KEY": SecretKey(arn)})["SecretProviderClass"]["spec"]
    assert yaml.safe_load(spec["parameters"]["objects"]) == [
        {"objectName": arn, "objectType": "ssmparameter", "objectAlias": "KEY"}
    ]


def test_network_policies_admit_callers_and_the_load_balancer_alone() -> None:
    policy = rendered(UI)["NetworkPolicy"]["spec"]
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    sources = [source for rule in policy["ingress"] for source in rule["from"]]
    assert sources == [
        {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "admin"}}},
        {"ipBlock": {"cidr": "10.30.0.0/16"}},
    ]
    assert rendered(CART, callers=[])["NetworkPolicy"]["spec"]["ingress"] == [], "nobody calls it"


def test_network_policies_let_out_to_callees_stores_aws_and_identity() -> None:
    out = rendered(UI)["NetworkPolicy"]["spec"]["egress"]
    ports = {port["port"] for rule in out for port in rule["ports"]}
    assert ports == {53, 80, 443, 5432, 6379, 8080}
    [identity] = [rule for rule in out if rule["ports"] == [{"port": 80, "protocol": "TCP"}]]
    assert identity["to"] == [{"ipBlock": {"cidr": "169.254.170.23/32"}}], "EKS Pod Identity's agent"
    [deny] = [one for one in platform() if one["kind"] == "NetworkPolicy"]
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}, "what no policy names is shut"


def test_a_public_services_pods_go_into_the_programs_target_group() -> None:
    binding = rendered(UI)["TargetGroupBinding"]["spec"]
    assert binding == {"serviceRef": {"name": "ui", "port": 8080}, "targetGroupARN": GROUP, "targetType": "ip"}
    assert "TargetGroupBinding" not in rendered(CART)


def test_only_what_may_be_interrupted_goes_to_spot_nodes() -> None:
    spot = next(one for one in platform() if one["metadata"]["name"] == "spot")
    [taint] = spot["spec"]["template"]["spec"]["taints"]
    [toleration] = pod(rendered(UI))["tolerations"]
    assert (toleration["key"], toleration["value"]) == (taint["key"], taint["value"])
    [preferred] = pod(rendered(UI))["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert preferred["weight"] == 25, "a quarter, as the weights say"
    assert not {"tolerations", "affinity"} & pod(rendered(CART)).keys()
    assert not [one for one in platform(with_spot=False) if one["metadata"]["name"] == "spot"]


def test_nodes_are_graviton_encrypted_and_do_not_grow_old() -> None:
    by_name = {one["metadata"]["name"]: one for one in platform()}
    assert by_name["shop"]["spec"]["ephemeralStorage"]["kmsKeyID"].endswith(":key/data")
    pool = by_name["on-demand"]["spec"]
    wanted = {one["key"]: one["values"] for one in pool["template"]["spec"]["requirements"]}
    assert wanted["kubernetes.io/arch"] == ["arm64"], "the images are built for it"
    assert wanted["karpenter.sh/capacity-type"] == ["on-demand"]
    assert pool["limits"] == {"cpu": "64"}
    assert pool["template"]["spec"]["expireAfter"] == "336h"


def test_no_object_holds_a_secret_itself() -> None:
    text = to_yaml(list(rendered(UI).values()))
    assert "kind: Secret\n" not in text
    assert "stringData" not in text
