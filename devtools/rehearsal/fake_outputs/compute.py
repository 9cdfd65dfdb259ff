"""Outputs of containers, functions, instances and their scaling."""

from __future__ import annotations

from typing import Any, Final

from devtools.rehearsal.fake_outputs.fake_resource import FakeResource, ResourceKind, accountwide, last_part, regional
from devtools.rehearsal.fake_outputs.network import private_ip

# A self-signed placeholder, base64 of "-----BEGIN CERTIFICATE-----": kubeconfig writers only pass it on.
_CLUSTER_CA: Final = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="


def _cluster_name(thing: FakeResource) -> str:
    """Name of an ECS cluster from its name or ARN; AWS's default is a cluster called default."""
    return last_part(thing.text("cluster", "default"))


def _revision(thing: FakeResource) -> int:
    """A task definition's revision: one more than that of the definition it replaces."""
    return int(thing.previous.get("revision") or 0) + 1


def _function_name(thing: FakeResource, prop: str) -> str:
    """Name of a Lambda function from its name or (qualified) ARN."""
    text = thing.text(prop)
    return text.split(":")[6] if text.startswith("arn:") else text


def _invoke_arn(thing: FakeResource, function_arn: str) -> str:
    return thing.fill(
        f"arn:{{partition}}:apigateway:{{region}}:lambda:path/2015-03-31/functions/{function_arn}/invocations"
    )


def _published(thing: FakeResource) -> str:
    """The version that `publish` makes; $LATEST without it."""
    if not thing.inputs.get("publish"):
        return "$LATEST"
    before = thing.text_before("version")
    return str(int(before) + 1) if thing.updating and before.isdigit() else "1"


def _scaling_resource(thing: FakeResource) -> str:
    return f"resource/{thing.text('serviceNamespace')}/{thing.text('resourceId')}"


def _alarm_arns(thing: FakeResource) -> list[str]:
    """Target tracking keeps two alarms of its own, one for each direction."""
    if thing.text("policyType") != "TargetTrackingScaling":
        return []
    stem = f"TargetTracking-{thing.text('resourceId')}"
    return [thing.fill(regional("cloudwatch", f"alarm:{stem}-Alarm{side}-{{uuid:{side}}}")) for side in ("High", "Low")]


def _instance_dns(thing: FakeResource) -> str:
    return thing.fill("ip-" + private_ip(thing).replace(".", "-") + ".{region}.compute.internal")


def _ec2(prefix: str, kind: str = "", **outputs: Any) -> ResourceKind:
    return ResourceKind(prefix + "-{hex17}", regional("ec2", kind + "/{id}") if kind else None, outputs)


KINDS: dict[str, ResourceKind] = {
    "ecs/cluster": ResourceKind("{arn}", regional("ecs", "cluster/{name}")),
    "ecs/clusterCapacityProviders": ResourceKind("{clusterName}"),
    "ecs/capacityProvider": ResourceKind("{arn}", regional("ecs", "capacity-provider/{name}")),
    "ecs/service": ResourceKind(
        "{arn}",
        lambda t: t.fill(regional("ecs", f"service/{_cluster_name(t)}/{{name}}")),
        {
            "launchType": lambda t: "" if t.inputs.get("capacityProviderStrategies") else "EC2",
            "platformVersion": "LATEST",
        },
    ),
    "ecs/taskDefinition": ResourceKind(
        "{family}",
        lambda t: t.fill(regional("ecs", f"task-definition/{{family}}:{_revision(t)}")),
        {
            "revision": _revision,
            "arnWithoutRevision": regional("ecs", "task-definition/{family}"),
            "networkMode": "bridge",
        },
    ),
    "ecs/taskSet": ResourceKind(
        "ecs-svc/{digits19},{service},{cluster}",
        lambda t: t.fill(
            regional("ecs", f"task-set/{_cluster_name(t)}/{last_part(t.text('service'))}/ecs-svc/{{digits19}}")
        ),
        {"taskSetId": "ecs-svc/{digits19}"},
    ),
    "ecs/accountSettingDefault": ResourceKind("{name}", outputs={"principalArn": accountwide("iam", "root")}),
    "ecs/tag": ResourceKind("{resourceArn},{key}"),
    "ecr/repository": ResourceKind(
        "{name}",
        regional("ecr", "repository/{name}"),
        {"registryId": "{account}", "repositoryUrl": "{account}.dkr.ecr.{region}.{suffix}/{name}"},
    ),
    "ecr/lifecyclePolicy": ResourceKind("{repository}", outputs={"registryId": "{account}"}),
    "ecr/repositoryPolicy": ResourceKind("{repository}", outputs={"registryId": "{account}"}),
    "ecr/registryPolicy": ResourceKind("{account}", outputs={"registryId": "{account}"}),
    "ecr/registryScanningConfiguration": ResourceKind("{account}", outputs={"registryId": "{account}"}),
    "ecr/replicationConfiguration": ResourceKind("{account}", outputs={"registryId": "{account}"}),
    "ecr/pullThroughCacheRule": ResourceKind("{ecrRepositoryPrefix}", outputs={"registryId": "{account}"}),
    "ecr/repositoryCreationTemplate": ResourceKind("{prefix}", outputs={"registryId": "{account}"}),
    "ecr/accountSetting": ResourceKind("{name}"),
    "eks/cluster": ResourceKind(
        "{name}",
        regional("eks", "cluster/{name}"),
        {
            "endpoint": lambda t: t.fill(f"https://{_oidc(t)}.gr7.{{region}}.eks.{{suffix}}"),
            "certificateAuthority": lambda t: {"data": _CLUSTER_CA},
            "identities": lambda t: [
                {"oidcs": [{"issuer": t.fill(f"https://oidc.eks.{{region}}.{{suffix}}/id/{_oidc(t)}")}]}
            ],
            "platformVersion": "eks.1",
            "status": "ACTIVE",
            "version": "1.34",
            "clusterId": "",
        },
    ),
    "eks/nodeGroup": ResourceKind(
        "{clusterName}:{name}",
        regional("eks", "nodegroup/{clusterName}/{name}/{uuid}"),
        {
            "status": "ACTIVE",
            "resources": lambda t: [
                {"autoscalingGroups": [{"name": t.fill("eks-{name}-{uuid}")}], "remoteAccessSecurityGroupId": ""}
            ],
        },
    ),
    "eks/fargateProfile": ResourceKind(
        "{clusterName}:{name}", regional("eks", "fargateprofile/{clusterName}/{name}/{uuid}"), {"status": "ACTIVE"}
    ),
    "eks/addon": ResourceKind("{clusterName}:{addonName}", regional("eks", "addon/{clusterName}/{addonName}/{uuid}")),
    "eks/accessEntry": ResourceKind(
        "{clusterName}:{principalArn}",
        outputs={"accessEntryArn": regional("eks", "access-entry/{clusterName}/role/{account}/{uuid}")},
    ),
    "eks/accessPolicyAssociation": ResourceKind("{clusterName}#{principalArn}#{policyArn}"),
    "eks/podIdentityAssociation": ResourceKind(
        "a-{lower17}",
        outputs={
            "associationId": "a-{lower17}",
            "associationArn": regional("eks", "podidentityassociation/{clusterName}/a-{lower17}"),
        },
    ),
    "eks/identityProviderConfig": ResourceKind(
        "{clusterName}:{name}",
        regional("eks", "identityproviderconfig/{clusterName}/oidc/{name}/{uuid}"),
        {"status": "ACTIVE"},
    ),
    "appautoscaling/target": ResourceKind(
        "{resourceId}", regional("application-autoscaling", "scalable-target/{lower32}")
    ),
    "appautoscaling/policy": ResourceKind(
        "{name}",
        lambda t: t.fill(regional("autoscaling", f"scalingPolicy:{{uuid}}:{_scaling_resource(t)}:policyName/{{name}}")),
        {"alarmArns": _alarm_arns},
    ),
    "appautoscaling/scheduledAction": ResourceKind(
        "{name}-{serviceNamespace}-{resourceId}",
        lambda t: t.fill(
            regional("autoscaling", f"scheduledAction:{{uuid}}:{_scaling_resource(t)}:scheduledActionName/{{name}}")
        ),
    ),
    "autoscaling/group": ResourceKind(
        "{name}",
        regional("autoscaling", "autoScalingGroup:{uuid}:autoScalingGroupName/{name}"),
        {
            "desiredCapacity": lambda t: t.inputs.get("minSize") or 0,
            "healthCheckType": "EC2",
            "defaultCooldown": lambda t: 300,
            "serviceLinkedRoleArn": accountwide(
                "iam", "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
            ),
        },
    ),
    "autoscaling/policy": ResourceKind(
        "{name}",
        regional("autoscaling", "scalingPolicy:{uuid}:autoScalingGroupName/{autoscalingGroupName}:policyName/{name}"),
    ),
    "autoscaling/schedule": ResourceKind(
        "{scheduledActionName}",
        regional(
            "autoscaling",
            "scheduledUpdateGroupAction:{uuid}:autoScalingGroupName/{autoscalingGroupName}"
            ":scheduledActionName/{scheduledActionName}",
        ),
    ),
    "autoscaling/lifecycleHook": ResourceKind("{name}"),
    "autoscaling/attachment": ResourceKind("{autoscalingGroupName}-{digits26}"),
    "autoscaling/notification": ResourceKind("{topicArn}"),
    "autoscaling/tag": ResourceKind("{autoscalingGroupName},{hex8}"),
    "lambda/function": ResourceKind(
        "{name}",
        regional("lambda", "function:{name}"),
        {
            "invokeArn": lambda t: _invoke_arn(t, t.arn),
            "qualifiedArn": lambda t: f"{t.arn}:{_published(t)}",
            "qualifiedInvokeArn": lambda t: _invoke_arn(t, f"{t.arn}:{_published(t)}"),
            "responseStreamingInvokeArn": lambda t: _invoke_arn(t, t.arn).replace(
                "invocations", "response-streaming-invocations"
            ),
            "version": _published,
            "sourceCodeSize": lambda t: 1024,
            "codeSha256": "{hex64}",
            "sourceCodeHash": "{hex64}",
            "architectures": lambda t: ["x86_64"],
            "signingJobArn": "",
            "signingProfileVersionArn": "",
        },
    ),
    "lambda/alias": ResourceKind(
        "{arn}",
        lambda t: t.fill(regional("lambda", f"function:{_function_name(t, 'functionName')}:{{name}}")),
        {"invokeArn": lambda t: _invoke_arn(t, t.arn)},
    ),
    "lambda/layerVersion": ResourceKind(
        "{arn}",
        lambda t: t.fill(regional("lambda", f"layer:{{layerName}}:{int(t.previous.get('version') or 0) + 1}")),
        {
            "layerArn": regional("lambda", "layer:{layerName}"),
            "version": lambda t: str(int(t.previous.get("version") or 0) + 1),
            "signingJobArn": "",
            "signingProfileVersionArn": "",
        },
    ),
    "lambda/permission": ResourceKind(lambda t: t.text("statementId") or t.fill("terraform-{hex26}")),
    "lambda/eventSourceMapping": ResourceKind(
        "{uuid}",
        regional("lambda", "event-source-mapping:{id}"),
        {
            "uuid": "{id}",
            "functionArn": lambda t: t.fill(regional("lambda", f"function:{_function_name(t, 'functionName')}")),
            "state": "Enabled",
        },
    ),
    "lambda/functionUrl": ResourceKind(
        "{functionName}",
        outputs={
            "functionArn": lambda t: t.fill(regional("lambda", f"function:{_function_name(t, 'functionName')}")),
            "functionUrl": "https://{lower32}.lambda-url.{region}.on.aws/",
            "urlId": "{lower32}",
        },
    ),
    # A function that returns nothing answers with null.
    "lambda/invocation": ResourceKind("{functionName}_$LATEST_{hex32}", outputs={"result": "null"}),
    "lambda/functionEventInvokeConfig": ResourceKind("{functionName}"),
    "lambda/provisionedConcurrencyConfig": ResourceKind("{functionName},{qualifier}"),
    "lambda/codeSigningConfig": ResourceKind("{arn}", regional("lambda", "code-signing-config:csc-{hex17}")),
    "servicediscovery/httpNamespace": ResourceKind(
        "ns-{lower16}", regional("servicediscovery", "namespace/{id}"), {"httpName": "{name}"}
    ),
    "servicediscovery/privateDnsNamespace": ResourceKind(
        "ns-{lower16}", regional("servicediscovery", "namespace/{id}"), {"hostedZone": "Z0{upper19}"}
    ),
    "servicediscovery/publicDnsNamespace": ResourceKind(
        "ns-{lower16}", regional("servicediscovery", "namespace/{id}"), {"hostedZone": "Z0{upper19}"}
    ),
    "servicediscovery/service": ResourceKind("srv-{lower16}", regional("servicediscovery", "service/{id}")),
    "servicediscovery/instance": ResourceKind("{instanceId}"),
    "ec2/launchTemplate": _ec2(
        "lt",
        "launch-template",
        latestVersion=lambda t: int(t.previous.get("latestVersion") or 0) + 1 if t.updating else 1,
        defaultVersion=lambda t: 1,
    ),
    "ec2/instance": _ec2(
        "i",
        "instance",
        instanceState="running",
        privateIp=private_ip,
        privateDns=_instance_dns,
        primaryNetworkInterfaceId="eni-{hex17}",
        tenancy="default",
    ),
    "ec2/ami": _ec2("ami", "image"),
    "ec2/amiCopy": _ec2("ami", "image"),
    "ec2/amiFromInstance": _ec2("ami", "image"),
    "ec2/keyPair": ResourceKind(
        "{keyName}", regional("ec2", "key-pair/{id}"), {"keyPairId": "key-{hex17}", "keyType": "ed25519"}
    ),
    "ec2/placementGroup": ResourceKind(
        "{name}", regional("ec2", "placement-group/{name}"), {"placementGroupId": "pg-{hex17}"}
    ),
    "ec2/capacityReservation": _ec2("cr", "capacity-reservation"),
    "ec2/fleet": ResourceKind("fleet-{uuid}", regional("ec2", "fleet/{id}")),
    "ec2/tag": ResourceKind("{resourceId},{key}"),
    "ec2/volumeAttachment": ResourceKind("vai-{digits10}"),
    "ec2/serialConsoleAccess": ResourceKind("{region}"),
    "ec2/instanceMetadataDefaults": ResourceKind("{region}"),
    "ec2/imageBlockPublicAccess": ResourceKind("{region}"),
    "ebs/volume": _ec2("vol", "volume", createTime="2026-01-01T00:00:00Z", type="gp2"),
    "ebs/snapshot": _ec2("snap", "snapshot"),
    "ebs/snapshotCopy": _ec2("snap", "snapshot"),
    "ebs/snapshotBlockPublicAccess": ResourceKind("{region}"),
    "ebs/encryptionByDefault": ResourceKind("terraform-{hex26}"),
    "ebs/defaultKmsKey": ResourceKind("{keyArn}"),
}


def _oidc(thing: FakeResource) -> str:
    """The 32 hex digits in an EKS cluster's endpoint and issuer."""
    return thing.made_up("hex", 32, "eks").upper()
