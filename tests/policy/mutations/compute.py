"""Mistakes in tasks, machines and functions."""

from __future__ import annotations

import base64

from policy.pack.tokens import (
    ECS_CLUSTER,
    ECS_SERVICE,
    INSTANCE,
    LAMBDA,
    LAUNCH_CONFIGURATION,
    LAUNCH_TEMPLATE,
    PARAMETER,
    PROJECT,
    ROLE,
    TASK_DEFINITION,
)
from tests.policy.mutations import Edit, Mistakes, add, drop, put, ref

mistakes = Mistakes()
M = mistakes

UI = "services-ui-task"
VOLUME = "aws:ebs/volume:Volume"


def container(path: str, value: object, name: str = UI) -> Edit:
    """Changes the service's own container in a task definition."""
    return put(TASK_DEFINITION, f"containerDefinitions|0.{path}", value, name)


# ecs-container-hardening
HARD = "ecs-container-hardening"
M(HARD, "privileged", container("privileged", True))
M(HARD, "a root filesystem that can be written", container("readonlyRootFilesystem", False))
M(HARD, "root, by its number and group", container("user", "0:0"))
M(HARD, "root in other clothes", container("user", "00"))
M(HARD, "no user named", container("user", None))
M(HARD, "the host's processes", put(TASK_DEFINITION, "pidMode", "host"))
M(HARD, "the host's network", put(TASK_DEFINITION, "networkMode", "host"))
M(HARD, "a capability that hands over the host", container("linuxParameters", {"capabilities": {"add": ["SYS_ADMIN"]}}))
M(
    HARD,
    "in a second container",
    put(TASK_DEFINITION, "containerDefinitions|+", {"name": "side", "image": "a/b:1", "user": "root"}, UI),
)

# ecs-logging
LOGGING = "ecs-logging"
M(LOGGING, "no log", container("logConfiguration", None))
M(LOGGING, "a driver that drops it", container("logConfiguration.logDriver", "none"))
M(
    LOGGING,
    "a second container without",
    put(TASK_DEFINITION, "containerDefinitions|+", {"name": "side", "image": "a/b:1"}),
)

# ecs-image-pinned
PINNED = "ecs-image-pinned"
M(PINNED, "latest", container("image", "public.ecr.aws/shop/ui:latest"))
M(PINNED, "no tag", container("image", "public.ecr.aws/shop/ui"))
M(PINNED, "no tag, from a registry with a port", container("image", "registry.example:5000/ui"))

# ecs-private
PRIVATE = "ecs-private"
M(PRIVATE, "public addresses", put(ECS_SERVICE, "networkConfiguration.assignPublicIp", True))
M(PRIVATE, "in the API's word", put(ECS_SERVICE, "networkConfiguration.assignPublicIp", "ENABLED"))
M(PRIVATE, "in a task set", add("aws:ecs/taskSet:TaskSet", "green", networkConfiguration=[{"assignPublicIp": True}]))

M(
    PRIVATE,
    "in a task that a schedule starts",
    add(
        "aws:scheduler/schedule:Schedule",
        "nightly",
        target={"arn": "x", "ecsParameters": {"networkConfiguration": {"assignPublicIp": True, "subnets": ["s"]}}},
    ),
)

# ecs-role-separation
SEPARATE = "ecs-role-separation"
M(
    SEPARATE,
    "one role for both",
    put(TASK_DEFINITION, "taskRoleArn", ref(ROLE, "services-ui-execution-role", "arn"), UI),
)
M(
    SEPARATE,
    "the other way round",
    put(TASK_DEFINITION, "executionRoleArn", ref(ROLE, "services-ui-task-role", "arn"), UI),
)
M(
    SEPARATE,
    "by literal ARNs",
    put(TASK_DEFINITION, "executionRoleArn", "arn:aws:iam::1:role/app", UI),
    put(TASK_DEFINITION, "taskRoleArn", "arn:aws:iam::1:role/app", UI),
)

# ecs-exec-audited
EXEC = "ecs-exec-audited"
SHELLS = put(ECS_SERVICE, "enableExecuteCommand", True)
M(EXEC, "the cluster logs no shells", SHELLS, drop(ECS_CLUSTER, "configuration.executeCommandConfiguration"))
M(EXEC, "logging is off", SHELLS, put(ECS_CLUSTER, "configuration.executeCommandConfiguration.logging", "NONE"))
M(EXEC, "no key", SHELLS, drop(ECS_CLUSTER, "configuration.executeCommandConfiguration.kmsKeyId"))
M(EXEC, "the default cluster", SHELLS, drop(ECS_SERVICE, "cluster"))

# no-plaintext-secrets
SECRETS = "no-plaintext-secrets"
M(SECRETS, "a password in a task", container("environment.+", {"name": "DB_PASSWORD", "value": "hunter22"}))
M(
    SECRETS,
    "an access key under a harmless name",
    container("environment.+", {"name": "X", "value": "AKIAABCDEFGHIJKLMNOP"}),
)
M(
    SECRETS,
    "a password in a connection string",
    container("environment.+", {"name": "DSN", "value": "mysql://app:s3cr3t@db/x"}),
)
M(
    SECRETS,
    "a token in a function",
    put(LAMBDA, "environment", {"variables": {"API_TOKEN": "abcdef123456"}}),
    on="billing",
)
M(
    SECRETS,
    "a secret in a build",
    put(PROJECT, "environment.environmentVariables.+", {"name": "NPM_TOKEN", "value": "npm_abcdef"}),
    on="billing",
)
M(
    SECRETS,
    "exported in a boot script",
    put(INSTANCE, "userData", "#!/bin/sh\nexport DB_PASSWORD=hunter22\n"),
    on="billing",
)
M(
    SECRETS,
    "the same, encoded",
    put(LAUNCH_TEMPLATE, "userData", base64.b64encode(b"#!/bin/sh\nDB_PASSWORD=hunter22\n").decode()),
    on="billing",
)
M(SECRETS, "a parameter in clear", add(PARAMETER, "pw", name="/shop/db/password", type="String", value="hunter22"))
M(
    SECRETS,
    "in an environment given as files",
    container("environment.+", {"name": "PRIVATE_KEY", "value": "-----BEGIN RSA PRIVATE KEY-----x"}),
)
M(SECRETS, "as an argument of the command", container("command", ["serve", "--db", "postgres://app:s3cr3t@db/x"]))

# ec2-imdsv2
IMDS = "ec2-imdsv2"
M(IMDS, "sessions are optional", put(LAUNCH_TEMPLATE, "metadataOptions.httpTokens", "optional"), on="billing")
M(IMDS, "nothing said", drop(INSTANCE, "metadataOptions"), on="billing")
M(
    IMDS,
    "an old launch configuration",
    add(LAUNCH_CONFIGURATION, "old", imageId="ami-1", instanceType="m5.large"),
    on="billing",
)

# ec2-ebs-cmk
EBS = "ec2-ebs-cmk"
M(EBS, "a volume in clear", put(VOLUME, "encrypted", False), on="billing")
M(EBS, "AWS's own key", drop(VOLUME, "kmsKeyId"), on="billing")
M(
    EBS,
    "one disk of a template",
    put(LAUNCH_TEMPLATE, "blockDeviceMappings.+", {"deviceName": "/dev/xvdb", "ebs": {"volumeSize": 1}}),
    on="billing",
)
M(EBS, "a root volume left to its image", drop(INSTANCE, "rootBlockDevice"), on="billing")
M(
    EBS,
    "another disk of an instance",
    put(INSTANCE, "ebsBlockDevices", [{"deviceName": "/dev/sdf", "encrypted": "false"}]),
    on="billing",
)
M(EBS, "a template that leaves its disks to the image", drop(LAUNCH_TEMPLATE, "blockDeviceMappings"), on="billing")

# ec2-no-public-ip
ADDRESS = "ec2-no-public-ip"
M(ADDRESS, "an instance", put(INSTANCE, "associatePublicIpAddress", True), on="billing")
M(
    ADDRESS,
    "a template's interface, as text",
    put(LAUNCH_TEMPLATE, "networkInterfaces", [{"associatePublicIpAddress": "true"}]),
    on="billing",
)
M(ADDRESS, "a launch configuration", add(LAUNCH_CONFIGURATION, "old", associatePublicIpAddress=True), on="billing")
M(
    ADDRESS,
    "an elastic address",
    add("aws:ec2/eip:Eip", "fixed", domain="vpc", instance=ref(INSTANCE, "batch")),
    on="billing",
)
M(
    ADDRESS,
    "an elastic address, associated apart",
    add("aws:ec2/eipAssociation:EipAssociation", "fixed", allocationId="eipalloc-1", instanceId=ref(INSTANCE, "batch")),
    on="billing",
)
