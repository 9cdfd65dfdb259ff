"""Rendered objects are what Kubernetes takes, in every version that settings may name; wrong ones are found out."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import kubernetes_validate
import pytest
import yaml

from components.service.kubernetes.manifests import to_yaml
from specs.compute import EKS_VERSIONS
from tests.components.manifests.shop import CART, UI, platform, rendered

# Kinds of AWS, Karpenter and the secrets driver: no part of Kubernetes, so its schemas don't know them.
CUSTOM = {"NodeClass", "NodePool", "SecretProviderClass", "TargetGroupBinding"}
ALL = [*platform(), *rendered(UI).values(), *rendered(CART).values()]
KNOWN = [one for one in ALL if one["kind"] not in CUSTOM]


def faults(obj: dict[str, Any], version: str) -> str:
    """What the schemas of that version have against an object; empty where nothing."""
    try:
        kubernetes_validate.validate(obj, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return str(error.message)
    return ""


@pytest.mark.parametrize("version", EKS_VERSIONS)
def test_every_object_is_valid_in_every_version_that_settings_may_name(version: str) -> None:
    kinds = {one["kind"] for one in KNOWN}
    assert kinds >= {
        "ConfigMap",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Namespace",
        "NetworkPolicy",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    }
    assert not [f"{one['kind']} {one['metadata']['name']}: {why}" for one in KNOWN if (why := faults(one, version))]


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(obj: dict[str, Any]) -> None:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        node: Any = obj
        for step in way:
            node = node[step]
        node[last] = value

    return change


MISTAKES = [
    ("Deployment", "spec.template.spec.containers.0.ports.0.containerPort", "http"),
    ("Deployment", "spec.template.spec.containers.0.resources.limits", ["250m"]),
    ("Deployment", "spec.template.spec.containers.0.readinesProbe", {}),
    ("Deployment", "spec.template.spec.securityContext.runAsNonRoot", "yes"),
    ("Deployment", "spec.template.spec.topologySpreadConstraints.0.maxSkew", "1"),
    ("Deployment", "spec.template.spec.initContainers.0.restartPolicy", 1),
    ("Deployment", "spec.replica", 3),
    ("HorizontalPodAutoscaler", "spec.maxReplicas", "9"),
    ("HorizontalPodAutoscaler", "spec.metrics.0.resource.target.averageUtilisation", 60),
    ("NetworkPolicy", "spec.policyTypes", "Egress"),
    ("PodDisruptionBudget", "spec.minAvaliable", 1),
    ("Service", "spec.ports.0.port", "8080"),
    ("ServiceAccount", "automountServiceAccountToken", "false"),
]


@pytest.mark.parametrize(("kind", "path", "value"), MISTAKES, ids=[f"{kind} {path}" for kind, path, _ in MISTAKES])
def test_a_wrong_object_is_found_out(kind: str, path: str, value: object) -> None:
    obj = copy.deepcopy(rendered(UI)[kind])
    _set(path, value)(obj)
    assert faults(obj, EKS_VERSIONS[-1]), "or the test above would mean nothing"


def test_an_object_that_kubernetes_does_not_know_is_no_object() -> None:
    with pytest.raises(kubernetes_validate.SchemaNotFoundError):
        faults({"apiVersion": "apps/v1beta9", "kind": "Deployment", "metadata": {"name": "ui"}}, EKS_VERSIONS[-1])


def test_only_known_kinds_go_unchecked() -> None:
    unchecked = {one["kind"]: one["apiVersion"] for one in ALL if one["kind"] in CUSTOM}
    assert unchecked == {
        "NodeClass": "eks.amazonaws.com/v1",
        "NodePool": "karpenter.sh/v1",
        "SecretProviderClass": "secrets-store.csi.x-k8s.io/v1",
        "TargetGroupBinding": "eks.amazonaws.com/v1",
    }


def test_yaml_says_the_same_as_the_objects_and_always_the_same() -> None:
    text = to_yaml(ALL)
    assert list(yaml.safe_load_all(text)) == ALL
    assert text == to_yaml(copy.deepcopy(ALL)), "or every preview would show a change"
    assert "&id" not in text, "people read it"
