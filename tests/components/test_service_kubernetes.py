"""Services on EKS: the cluster, who may do what in it, how traffic reaches pods, and where their objects are kept."""

from __future__ import annotations

import functools
import json
from datetime import timedelta
from typing import Any

import pytest
import yaml

from devtools.rehearsal.plugins.wire import UNKNOWN
from functions.pod_secret_changes import COPIED
from specs.compute import Kubernetes
from tests.components.service_tier import DELIVERY_KEY, ENDPOINTS_GROUP, LOAD_BALANCER_GROUP, SHOP, Built, build, shop
from tests.components.shared import ACCOUNT, DATA_KEY, LOGS_KEY, REGION

CLUSTER_ARN = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/saleday-dev"
PREFIX = "services-kubernetes"


@functools.cache
def on_kubernetes() -> Built:
    return build([{**service, "compute": "eks"} for service in SHOP])


def cluster() -> dict[str, Any]:
    return dict(on_kubernetes().one("eks/cluster:Cluster", f"{PREFIX}-cluster-cluster").inputs)


def objects(name: str, built: Built | None = None) -> dict[str, dict[str, Any]]:
    file = (built or on_kubernetes()).one("s3/bucketObjectv2:BucketObjectv2", f"{PREFIX}-manifests-{name}")
    return {one["kind"]: one for one in yaml.safe_load_all(file.inputs["content"])}


def policies(service: str) -> dict[str, dict[str, Any]]:
    prefix = f"{PREFIX}-{service}-role-"
    found = [one for one in on_kubernetes().of("iam/rolePolicy:RolePolicy") if one.name.startswith(prefix)]
    return {one.name.removeprefix(prefix): json.loads(one.inputs["policy"]) for one in found}


# the cluster


def test_without_a_service_on_it_there_is_no_cluster_and_without_one_on_ecs_no_other() -> None:
    assert not shop().of("eks/cluster:Cluster")
    assert not on_kubernetes().of("ecs/cluster:Cluster"), "nothing would run in it"


def test_its_api_is_reached_from_inside_the_vpc_alone() -> None:
    network = cluster()["vpcConfig"]
    assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, False)
    assert network["subnetIds"] == ["subnet-app-a", "subnet-app-b"]


def test_it_encrypts_its_secrets_and_logs_all_that_its_control_plane_does() -> None:
    assert cluster()["encryptionConfig"] == {"provider": {"keyArn": DATA_KEY}, "resources": ["secrets"]}
    assert set(cluster()["enabledClusterLogTypes"]) == {
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    }
    groups = {one.inputs["name"]: one.inputs for one in on_kubernetes().of("cloudwatch/logGroup:LogGroup")}
    for name in ("/aws/eks/saleday-dev/cluster", "/aws/containerinsights/saleday-dev/application"):
        assert groups[name]["kmsKeyId"] == LOGS_KEY, "EKS would make it without"
        assert groups[name]["retentionInDays"] == 90


def test_nodes_are_eks_own_to_run() -> None:
    assert cluster()["computeConfig"]["enabled"] is True
    assert cluster()["storageConfig"]["blockStorage"]["enabled"] is True
    assert cluster()["kubernetesNetworkConfig"]["elasticLoadBalancing"]["enabled"] is True
    assert cluster()["bootstrapSelfManagedAddons"] is False, "Auto Mode brings its own"


def test_nobody_administers_it_but_who_is_named() -> None:
    assert cluster()["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    assert not on_kubernetes().of("eks/accessPolicyAssociation:AccessPolicyAssociation")
    role = f"arn:aws:iam::{ACCOUNT}:role/platform"
    built = build(
        [{**SHOP[0], "calls": [], "environment": {}, "compute": "eks"}], kubernetes=Kubernetes(admin_role_arns=(role,))
    )
    [entry] = [one for one in built.of("eks/accessEntry:AccessEntry") if "kubernetesGroups" not in one.inputs]
    assert entry.inputs["principalArn"] == role
    [policy] = built.of("eks/accessPolicyAssociation:AccessPolicyAssociation")
    assert policy.inputs["policyArn"].endswith(":cluster-access-policy/AmazonEKSClusterAdminPolicy")


def test_the_settings_decide_on_its_version_and_an_old_one_is_paid_for_on_purpose() -> None:
    assert cluster()["upgradePolicy"] == {"supportType": "STANDARD"}
    built = build([{**SHOP[2], "compute": "eks"}], kubernetes=Kubernetes(version="1.33"))
    old = built.one("eks/cluster:Cluster", f"{PREFIX}-cluster-cluster").inputs
    assert (old["version"], old["upgradePolicy"]) == ("1.33", {"supportType": "EXTENDED"})


def test_add_ons_bring_what_auto_mode_does_not() -> None:
    add_ons = {one.inputs["addonName"]: one.inputs for one in on_kubernetes().of("eks/addon:Addon")}
    assert set(add_ons) == {
        "amazon-cloudwatch-observability",
        "aws-secrets-store-csi-driver-provider",
        "metrics-server",
    }
    driver = json.loads(add_ons["aws-secrets-store-csi-driver-provider"]["configurationValues"])
    assert driver["secrets-store-csi-driver"]["syncSecret"]["enabled"] is True, "containers read variables"
    assert driver["secrets-store-csi-driver"]["enableSecretRotation"] is True, "else the copy stays as it was made"
    assert driver["secrets-store-csi-driver"]["rotationPollInterval"] == "1m"
    assert timedelta(minutes=3) <= COPIED, "pods are not replaced before the copy is new"


def test_controllers_of_add_ons_run_on_the_nodes_that_are_there_before_the_shops_own() -> None:
    """The built-in pool `system` carries a taint that the charts' controllers do not tolerate by themselves."""
    built = {one.inputs["addonName"]: one.inputs for one in on_kubernetes().of("eks/addon:Addon")}
    given = {name: json.loads(inputs["configurationValues"]) for name, inputs in built.items()}
    for place in (given["metrics-server"], given["amazon-cloudwatch-observability"]["manager"]):
        assert place["tolerations"] == [{"key": "CriticalAddonsOnly", "operator": "Exists"}]
        assert place["nodeSelector"] == {"karpenter.sh/nodepool": "system"}, "where the control plane reaches them"


def test_secrets_reach_pods_on_every_node_those_of_spot_too() -> None:
    [add_on] = [one for one in on_kubernetes().of("eks/addon:Addon") if "csi" in one.inputs["addonName"]]
    given = json.loads(add_on.inputs["configurationValues"])
    for daemon in (given, given["secrets-store-csi-driver"]["linux"]):
        assert daemon["tolerations"] == [{"operator": "Exists"}]


def test_pods_that_ask_for_fargate_get_it() -> None:
    [profile] = on_kubernetes().of("eks/fargateProfile:FargateProfile")
    assert profile.inputs["selectors"] == [{"namespace": "saleday", "labels": {"saleday/compute": "fargate"}}]
    assert profile.inputs["subnetIds"] == ["subnet-app-a", "subnet-app-b"]


# identities


@pytest.mark.parametrize("name", ["ui", "catalog", "cart", "worker"])
def test_a_pod_may_do_exactly_what_its_task_on_ecs_may(name: str) -> None:
    task = json.loads(shop().one("iam/rolePolicy:RolePolicy", f"services-{name}-task-policy").inputs["policy"])
    assert policies(name)["uses"] == task


def test_a_pods_own_identity_reads_its_secrets_and_no_others() -> None:
    execution = shop().statements("catalog-execution")
    secrets = policies("catalog")["secrets"]["Statement"]
    assert secrets == [execution[one["Sid"]] for one in secrets], "as ECS does before a task starts"
    assert "secrets" not in policies("cart"), "it names none"


def test_a_role_is_assumed_by_one_service_account_of_one_cluster() -> None:
    role = on_kubernetes().one("iam/role:Role", f"{PREFIX}-cart-role").inputs
    [trust] = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {
        "aws:RequestTag/eks-cluster-arn": CLUSTER_ARN,
        "aws:RequestTag/kubernetes-namespace": "saleday",
        "aws:RequestTag/kubernetes-service-account": "cart",
    }
    identity = (
        on_kubernetes().one("eks/podIdentityAssociation:PodIdentityAssociation", f"{PREFIX}-cart-identity").inputs
    )
    account = objects("cart")["ServiceAccount"]["metadata"]
    assert (identity["namespace"], identity["serviceAccount"]) == (account["namespace"], account["name"])
    assert on_kubernetes().handles["cart"].task_role_arn.endswith(f":role/{role['name']}")


# traffic


def test_a_public_services_target_group_lets_auto_mode_put_pods_in() -> None:
    group = on_kubernetes().one("lb/targetGroup:TargetGroup", f"{PREFIX}-ui-targets")
    assert group.inputs["targetType"] == "ip"
    assert group.inputs["tags"]["eks:eks-cluster-name"] == "saleday-dev", "AmazonEKSLoadBalancingPolicy asks for it"
    assert objects("ui")["TargetGroupBinding"]["spec"]["targetGroupARN"] == group.outputs["arn"]
    assert [rule for rule in on_kubernetes().of("lb/listenerRule:ListenerRule") if f"{PREFIX}-ui-rule" in rule.name]
    assert len(on_kubernetes().of("lb/targetGroup:TargetGroup")) == 1, "internal services have none"


def test_nodes_talk_to_named_groups_alone() -> None:
    built = on_kubernetes()
    own = built.one("ec2/securityGroup:SecurityGroup", f"{PREFIX}-nodes").outputs["id"]
    control = built.one("eks/cluster:Cluster", f"{PREFIX}-cluster-cluster").outputs["vpcConfig"][
        "clusterSecurityGroupId"
    ]
    ingress = {
        (one.inputs["referencedSecurityGroupId"], one.inputs["fromPort"])
        for one in built.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if one.inputs["securityGroupId"] == own
    }
    assert ingress == {(LOAD_BALANCER_GROUP, 8080), (control, 10250), (own, 8080), (own, 9090)}
    egress = {
        next(one.inputs[key] for key in ("referencedSecurityGroupId", "prefixListId", "cidrIpv4") if key in one.inputs)
        for one in built.of("vpc/securityGroupEgressRule:SecurityGroupEgressRule")
        if one.inputs["securityGroupId"] == own
    }
    assert egress == {
        own,
        control,
        ENDPOINTS_GROUP,
        "pl-s3",
        "pl-dynamodb",
        "10.0.0.0/16",
        "sg-catalog-proxy",
        "sg-sessions",
    }


# objects


def test_each_services_objects_are_kept_where_the_pipeline_finds_them() -> None:
    files = {one.inputs["key"]: one.inputs for one in on_kubernetes().of("s3/bucketObjectv2:BucketObjectv2")}
    assert set(files) == {"platform.yaml", "ui.yaml", "catalog.yaml", "cart.yaml", "worker.yaml"}
    assert {one["kmsKeyId"] for one in files.values()} == {DELIVERY_KEY}
    bucket = on_kubernetes().one("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", f"{PREFIX}-manifests").inputs
    assert bucket["blockPublicPolicy"] is bucket["restrictPublicBuckets"] is True
    notification = on_kubernetes().one("s3/bucketNotification:BucketNotification", f"{PREFIX}-manifests").inputs
    assert notification["eventbridge"] is True, "whoever delivers hears of a change"


def test_who_delivers_them_is_told_where_they_are_and_how_to_get_to_the_cluster() -> None:
    handle = on_kubernetes().kubernetes
    assert handle is not None
    assert handle.cluster_arn == CLUSTER_ARN
    assert next(iter(handle.manifests)) == "platform", "it is applied first"
    bucket = on_kubernetes().one("s3/bucket:Bucket", f"{PREFIX}-manifests").inputs["bucket"]
    assert (handle.manifests_bucket, handle.manifests_bucket_arn) == (bucket, f"arn:aws:s3:::{bucket}")
    assert shop().kubernetes is None


def test_references_are_filled_in_and_secrets_stay_references() -> None:
    [container] = objects("catalog")["Deployment"]["spec"]["template"]["spec"]["containers"]
    variables = {one["name"]: one for one in container["env"]}
    assert variables["DB"]["value"] == "catalog.proxy.example:3306/catalogdb"
    assert variables["DB_PASSWORD"]["valueFrom"]["secretKeyRef"]["name"] == "catalog"
    asked = yaml.safe_load(objects("catalog")["SecretProviderClass"]["spec"]["parameters"]["objects"])
    assert asked[0]["objectName"].endswith("secret:rds!cluster-1-AbCdEf")
    assert variables["AWS_REGION"]["value"] == REGION, "nothing else tells the SDKs of a pod"
    assert variables["OTEL_SERVICE_NAME"]["value"] == "saleday-dev-catalog", "as on ECS, for sampling and trace groups"


def test_images_are_the_same_copies_as_on_ecs() -> None:
    [container] = objects("cart")["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == shop().containers("cart")[0]["image"]
    imported = on_kubernetes().one("lambda/invocation:Invocation", "services-image-import-run").inputs["input"]
    assert "shop/cart" in imported


def test_nodes_are_made_of_what_the_program_has_built() -> None:
    spec = objects("platform")["NodeClass"]["spec"]
    assert spec["role"] == "saleday-dev-nodes"
    assert [one["id"] for one in spec["subnetSelectorTerms"]] == ["subnet-app-a", "subnet-app-b"]
    assert spec["ephemeralStorage"]["kmsKeyID"] == DATA_KEY


def test_callers_are_admitted_by_name() -> None:
    sources = [one for rule in objects("cart")["NetworkPolicy"]["spec"]["ingress"] for one in rule["from"]]
    names = {one["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for one in sources}
    assert names == {"ui", "worker"}


def test_a_preview_that_does_not_know_an_endpoint_yet_leaves_the_file_open() -> None:
    built = build([{**service, "compute": "eks"} for service in SHOP], preview=True)
    file = built.one("s3/bucketObjectv2:BucketObjectv2", f"{PREFIX}-manifests-catalog")
    assert file.inputs["content"] == UNKNOWN


# both clusters in one stack


def test_services_of_both_clusters_live_in_one_stack() -> None:
    built = build([{**SHOP[1], "compute": "eks"}, SHOP[2]])
    assert list(built.handles) == ["catalog", "cart"], "in the order of the settings"
    assert [one.inputs["name"] for one in built.of("ecs/service:Service")] == ["saleday-dev-cart"]
    assert built.handles["catalog"].namespace == "saleday"
    assert built.handles["cart"].namespace is None
    assert len(built.of("ecr/pullThroughCacheRule:PullThroughCacheRule")) == 1


def test_pods_of_a_changed_secret_are_replaced_by_a_function_that_may_do_nothing_else() -> None:
    built = on_kubernetes()
    [entry] = built.of("eks/accessEntry:AccessEntry")
    function = built.one("lambda/function:Function", f"{PREFIX}-pod-secret-changes")
    assert entry.inputs["principalArn"] == f"arn:aws:iam::{ACCOUNT}:role/{function.inputs['name']}"
    [binding] = [one for one in platform_objects(built) if one["kind"] == "RoleBinding"]
    assert binding["subjects"] == [
        {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": entry.inputs["kubernetesGroups"][0]}
    ]
    [role] = [one for one in platform_objects(built) if one["kind"] == "Role"]
    assert role["rules"] == [
        {"apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["catalog"], "verbs": ["get", "patch"]}
    ]


def test_that_function_reaches_the_clusters_api_and_nothing_more() -> None:
    built = on_kubernetes()
    function = built.one("lambda/function:Function", f"{PREFIX}-pod-secret-changes").inputs
    [group] = function["vpcConfig"]["securityGroupIds"]
    assert function["vpcConfig"]["subnetIds"] == ["subnet-app-a", "subnet-app-b"]
    out = [
        one.inputs
        for one in built.of("vpc/securityGroupEgressRule:SecurityGroupEgressRule")
        if one.inputs["securityGroupId"] == group
    ]
    assert [(one["fromPort"], one["toPort"]) for one in out] == [(443, 443)]
    control_plane = out[0]["referencedSecurityGroupId"]
    into = [
        one.inputs
        for one in built.of("vpc/securityGroupIngressRule:SecurityGroupIngressRule")
        if one.inputs.get("referencedSecurityGroupId") == group
    ]
    assert [(one["securityGroupId"], one["fromPort"]) for one in into] == [(control_plane, 443)]
    rights = built.statements("kubernetes-pod-secret-changes")
    assert rights["CodeJoinsNoNetwork"]["Effect"] == "Deny"
    assert rights["CodeJoinsNoNetwork"]["Action"] == rights["JoinNetwork"]["Action"]
    assert not [one for one in rights.values() if "eks:" in json.dumps(one)]


def platform_objects(built: Built) -> list[dict[str, Any]]:
    file = built.one("s3/bucketObjectv2:BucketObjectv2", f"{PREFIX}-manifests-platform")
    return list(yaml.safe_load_all(file.inputs["content"]))
