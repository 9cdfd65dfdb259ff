"""ECS, EC2 and secrets in plain text."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.policy.cases import Table
from tests.policy.cases.data import KEY
from tests.policy.harness import UNKNOWN, It

table = Table()

CONTAINER: dict[str, Any] = {
    "name": "app",
    "image": "registry.example/app:1.6.2",
    "user": "1000",
    "readonlyRootFilesystem": True,
    "logConfiguration": {"logDriver": "awslogs"},
    "environment": [{"name": "DB_ENDPOINT", "value": "db.internal"}],
    "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:secretsmanager:ap-south-1:1:secret:db"}],
}


def task(*containers: dict[str, Any], **props: Any) -> It:
    return It(
        "aws:ecs/taskDefinition:TaskDefinition",
        "task",
        {"networkMode": "awsvpc", "containerDefinitions": json.dumps(containers), **props},
    )


def container(*without: str, **changes: Any) -> dict[str, Any]:
    return {**{key: value for key, value in CONTAINER.items() if key not in without}, **changes}


TASK = task(CONTAINER)
UNKNOWN_TASK = TASK.but(containerDefinitions=UNKNOWN)

# ecs-container-hardening
HARDENING = "ecs-container-hardening"
table.passes(HARDENING, TASK)
table.passes(HARDENING, TASK.but(containerDefinitions=[CONTAINER]))
table.passes(
    HARDENING,
    task(
        container("user", "readonlyRootFilesystem"),
        runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"},
    ),
)
table.fails(HARDENING, task(container(privileged=True)), says="container app is privileged")
table.fails(HARDENING, task(container(readonlyRootFilesystem=False)), says="write to its root filesystem")
table.fails(HARDENING, task(container(user="root")), says="may run as root")
table.fails(HARDENING, task(container(user="0:0")), says="may run as root")
table.fails(HARDENING, task(container(user=0)), says="may run as root")
table.fails(HARDENING, task(CONTAINER, container("user", name="sidecar")), says="container sidecar may run as root")
table.fails(HARDENING, task(container(linuxParameters={"capabilities": {"add": ["SYS_ADMIN"]}})), says="SYS_ADMIN")
table.fails(HARDENING, task(CONTAINER, pidMode="host"), says="pidMode host")
table.fails(HARDENING, task(CONTAINER, networkMode="host"), says="networkMode host")
table.unknown(HARDENING, "undecided", UNKNOWN_TASK)
table.unknown(HARDENING, "fails", UNKNOWN_TASK.but(ipcMode="host"), says="ipcMode host")
table.absent(HARDENING, "fails", task(container("readonlyRootFilesystem")))
table.absent(HARDENING, "passes", TASK.but("containerDefinitions"))

# ecs-logging
table.passes("ecs-logging", TASK)
table.fails("ecs-logging", task(container(logConfiguration={"logDriver": "none"})), says="container app keeps no log")
table.unknown("ecs-logging", "undecided", UNKNOWN_TASK)
table.absent("ecs-logging", "fails", task(container("logConfiguration")))

# ecs-image-pinned
table.passes("ecs-image-pinned", TASK)
table.passes("ecs-image-pinned", task(container(image="localhost:5000/app@sha256:" + "0" * 64)))
table.fails("ecs-image-pinned", task(container(image="localhost:5000/app")), says="latest")
table.fails("ecs-image-pinned", task(container(image="app:latest")), says="latest")
table.unknown("ecs-image-pinned", "undecided", UNKNOWN_TASK)
table.absent("ecs-image-pinned", "passes", task(container("image")))

# ecs-private
SERVICE = It(
    "aws:ecs/service:Service",
    "svc",
    {"cluster": UNKNOWN, "enableExecuteCommand": True, "networkConfiguration": {"assignPublicIp": False}},
    {"cluster": ["cluster"]},
)
table.passes("ecs-private", SERVICE)
table.fails("ecs-private", SERVICE.but(networkConfiguration={"assignPublicIp": True}), says="public addresses")
table.fails("ecs-private", SERVICE.but(networkConfiguration=[{"assignPublicIp": "ENABLED"}]), says="public addresses")
table.unknown("ecs-private", "undecided", SERVICE.but(networkConfiguration=UNKNOWN))
table.absent("ecs-private", "passes", SERVICE.but("networkConfiguration"))

# ecs-role-separation
OWN = It("aws:iam/role:Role", "own", {"arn": UNKNOWN})
STARTING = It("aws:iam/role:Role", "starting", {"arn": UNKNOWN})
ROLES = TASK.but(taskRoleArn=UNKNOWN, executionRoleArn=UNKNOWN).linking(
    taskRoleArn=["own"], executionRoleArn=["starting"]
)
table.passes("ecs-role-separation", OWN, STARTING, ROLES)
table.passes("ecs-role-separation", TASK.but(taskRoleArn="arn:1", executionRoleArn="arn:2"))
table.fails("ecs-role-separation", TASK.but(taskRoleArn="arn:1", executionRoleArn="arn:1"), says="one role for both")
table.fails("ecs-role-separation", OWN, STARTING, ROLES.linking(executionRoleArn=["own"]), says="the role own for both")
table.unknown(
    "ecs-role-separation",
    "fails",
    OWN.but(arn="arn:1"),
    ROLES.but(executionRoleArn="arn:1").linking(taskRoleArn=["own"]),
    says="own",
)
table.absent("ecs-role-separation", "passes", TASK)

# ecs-exec-audited
CLUSTER = It(
    "aws:ecs/cluster:Cluster",
    "cluster",
    {
        "arn": UNKNOWN,
        "configuration": {
            "executeCommandConfiguration": {
                "logging": "OVERRIDE",
                "kmsKeyId": UNKNOWN,
                "logConfiguration": {"cloudWatchLogGroupName": UNKNOWN, "cloudWatchEncryptionEnabled": True},
            }
        },
    },
)
table.passes("ecs-exec-audited", SERVICE, CLUSTER)
table.passes("ecs-exec-audited", SERVICE.but(enableExecuteCommand=False), CLUSTER.but("configuration"))
table.fails("ecs-exec-audited", SERVICE, CLUSTER.but("configuration"), says="doesn't log")
table.fails(
    "ecs-exec-audited",
    SERVICE,
    CLUSTER.but(configuration={"executeCommandConfiguration": {"logging": "NONE"}}),
    says="doesn't log",
)
table.fails(
    "ecs-exec-audited",
    SERVICE,
    CLUSTER.but(configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}}),
    says="doesn't encrypt",
)
table.unknown("ecs-exec-audited", "undecided", SERVICE, CLUSTER.but(configuration=UNKNOWN))
table.absent("ecs-exec-audited", "fails", SERVICE.but("cluster"), says="default cluster")

# ec2-imdsv2, ec2-ebs-cmk, ec2-no-public-ip
INSTANCE = It(
    "aws:ec2/instance:Instance",
    "vm",
    {
        "metadataOptions": {"httpTokens": "required"},
        "rootBlockDevice": {"encrypted": True, "kmsKeyId": UNKNOWN},
        "associatePublicIpAddress": False,
    },
    {"rootBlockDevice": ["key"]},
)
TEMPLATE = It(
    "aws:ec2/launchTemplate:LaunchTemplate",
    "lt",
    {
        "metadataOptions": {"httpTokens": "required"},
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "kmsKeyId": UNKNOWN}}],
        "networkInterfaces": [{"associatePublicIpAddress": "false"}],
    },
    {"blockDeviceMappings": ["key"]},
)
VOLUME = It("aws:ebs/volume:Volume", "disk", {"encrypted": True, "kmsKeyId": UNKNOWN}, {"kmsKeyId": ["key"]})
for good in (INSTANCE, TEMPLATE):
    for rule in ("ec2-imdsv2", "ec2-ebs-cmk", "ec2-no-public-ip"):
        table.passes(rule, KEY, good)
for it in (INSTANCE, TEMPLATE):
    table.fails("ec2-imdsv2", it.but(metadataOptions={"httpTokens": "optional"}), says="without a session")
    table.unknown("ec2-imdsv2", "undecided", it.but(metadataOptions=UNKNOWN))
    table.absent("ec2-imdsv2", "fails", it.but("metadataOptions"))
table.passes("ec2-imdsv2", TEMPLATE.but(metadataOptions={"httpEndpoint": "disabled"}))
table.passes("ec2-ebs-cmk", KEY, VOLUME)
table.fails("ec2-ebs-cmk", KEY, VOLUME.but(kmsKeyId="alias/aws/ebs"), says="AWS's own key alias/aws/ebs")
table.fails(
    "ec2-ebs-cmk",
    KEY,
    INSTANCE.but(rootBlockDevice={"encrypted": True, "kmsKeyId": "arn:aws:kms:ap-south-1:1:key/z"}),
    says="rootBlockDevice is encrypted with the key",
)
table.fails("ec2-ebs-cmk", KEY, TEMPLATE.linking(blockDeviceMappings=[]), says="/dev/xvda takes its key")
table.fails("ec2-ebs-cmk", VOLUME.but(encrypted=False), says="not encrypted")
table.fails("ec2-ebs-cmk", VOLUME.but("kmsKeyId"), says="AWS's own key")
table.fails("ec2-ebs-cmk", INSTANCE.but(rootBlockDevice={"encrypted": False}), says="rootBlockDevice is not encrypted")
table.fails("ec2-ebs-cmk", INSTANCE.but(ebsBlockDevices=[{"deviceName": "/dev/sdb"}]), says="/dev/sdb is not encrypted")
table.fails(
    "ec2-ebs-cmk",
    TEMPLATE.but(blockDeviceMappings={"deviceName": "/dev/xvda", "ebs": {"encrypted": True}}),
    says="/dev/xvda is encrypted with",
)
table.fails(
    "ec2-ebs-cmk",
    It("aws:ec2/launchConfiguration:LaunchConfiguration", "lc", {"rootBlockDevice": {"volumeSize": 8}}),
    says="rootBlockDevice is not encrypted",
)
table.unknown("ec2-ebs-cmk", "undecided", VOLUME.but(encrypted=UNKNOWN))
table.absent("ec2-ebs-cmk", "fails", INSTANCE.but("rootBlockDevice"), says="encryption to the image")
table.fails("ec2-no-public-ip", INSTANCE.but(associatePublicIpAddress=True), says="public addresses")
table.fails(
    "ec2-no-public-ip",
    TEMPLATE.but(networkInterfaces=[{}, {"associatePublicIpAddress": "true"}]),
    says="public addresses",
)
table.unknown("ec2-no-public-ip", "undecided", INSTANCE.but(associatePublicIpAddress=UNKNOWN))
table.absent("ec2-no-public-ip", "passes", INSTANCE.but("associatePublicIpAddress"))

# no-plaintext-secrets; the values only look like secrets
PLAINTEXT = "no-plaintext-secrets"
KEY_ID = "AKIA" + "ABCDEFGHIJKLMNOP"


def environment(**variables: Any) -> It:
    return task(container(environment=[{"name": name, "value": value} for name, value in variables.items()]))


def function(**variables: Any) -> It:
    return It("aws:lambda/function:Function", "fn", {"environment": {"variables": variables}})


def build(**variable: Any) -> It:
    return It("aws:codebuild/project:Project", "build", {"environment": {"environmentVariables": [variable]}})


table.passes(PLAINTEXT, TASK)
table.passes(
    PLAINTEXT, environment(TOKEN_TTL="300", SECRET_ARN="arn:aws:secretsmanager:r:1:secret:x", DB_PASSWORD_FILE="/run/x")
)
table.passes(PLAINTEXT, environment(DB_PASSWORD="", AUTH_TOKEN="true", API_KEY="arn:aws:ssm:r:1:parameter/key"))
table.passes(PLAINTEXT, environment(REDIS_URL="rediss://cache.internal:6379", HEADER="x-api-key", COMPASS="north"))
table.passes(PLAINTEXT, build(name="NPM_TOKEN", value="npm-secret-name", type="SECRETS_MANAGER"))
table.passes(
    PLAINTEXT,
    It("aws:ssm/parameter:Parameter", "p", {"name": "/shop/db/password", "type": "SecureString", "value": "hunter22"}),
)
table.fails(PLAINTEXT, environment(DB_PASSWORD="hunter22"), says="DB_PASSWORD holds what looks like a secret")
table.fails(PLAINTEXT, environment(dbPassword="hunter22"), says="dbPassword holds")
table.fails(PLAINTEXT, environment(DATABASE_URL="mysql://root:hunter22@db/shop"), says="DATABASE_URL holds")
table.fails(PLAINTEXT, environment(SETTINGS=f"key={KEY_ID}"), says="SETTINGS holds")
table.fails(PLAINTEXT, task(container(environment={"name": "API_KEY", "value": "f00dfeed"})), says="API_KEY holds")
table.fails(PLAINTEXT, function(STRIPE_SECRET="f00dfeed"), says="STRIPE_SECRET holds")
table.fails(PLAINTEXT, build(name="NPM_TOKEN", value="f00dfeed"), says="NPM_TOKEN holds")
table.fails(
    PLAINTEXT,
    It("aws:ssm/parameter:Parameter", "p", {"name": "/shop/db/password", "type": "String", "value": "hunter22"}),
    says="holds",
)
table.fails(
    PLAINTEXT,
    TEMPLATE.but(userData=base64.b64encode(b"#!/bin/sh\nexport DB_PASSWORD=hunter22\n").decode()),
    says="user data",
)
table.fails(PLAINTEXT, INSTANCE.but(userData=f"#!/bin/sh\naws configure {KEY_ID}\n"), says="user data")
table.fails(PLAINTEXT, task(container(command=["serve", f"--key={KEY_ID}"])), says="its command holds")
table.fails(
    PLAINTEXT,
    It("aws:amplify/app:App", "app", {"environmentVariables": {"API_KEY": "f00dfeed"}}),
    says="API_KEY holds",
)
table.unknown(PLAINTEXT, "undecided", function(DB_PASSWORD=UNKNOWN))
table.unknown(PLAINTEXT, "passes", function(DB_ENDPOINT=UNKNOWN))
table.unknown(
    PLAINTEXT, "fails", function(DB_ENDPOINT=UNKNOWN, API_KEY="f00dfeed", DB_PASSWORD=UNKNOWN), says="API_KEY holds"
)
table.absent(PLAINTEXT, "passes", function())
