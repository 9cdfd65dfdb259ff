"""Rules for ECS task definitions, services and clusters."""

from __future__ import annotations

from collections.abc import Iterator

from ..resource import Resource
from ..rule import Level, Problems, RuleContext, Scope, Severity, rule
from ..tokens import ECS_CLUSTER, ECS_SERVICE, ROLE, TASK_DEFINITION
from ..values import Block, document, each

ROOT = frozenset(("root", ""))  # and 0, however many of them
# Resources that start tasks, and the block with the task's settings.
TASKS_OF = {
    ECS_SERVICE: "",
    "aws:ecs/taskSet:TaskSet": "",
    "aws:scheduler/schedule:Schedule": "target.ecsParameters.",
    "aws:cloudwatch/eventTarget:EventTarget": "ecsTarget.",
    "aws:pipes/pipe:Pipe": "targetParameters.ecsTaskParameters.",
}
# Capabilities that hand a container its host. Fargate itself admits only SYS_PTRACE.
HARMLESS_PATHS = frozenset(("/etc/localtime", "/etc/timezone"))
# Host paths of the system and its sockets; their parents are as bad.
_SYSTEM = tuple(
    tuple(path.split("/"))
    for path in (
        *("bin", "boot", "cgroup", "dev", "etc", "home", "lib", "lib64", "proc", "root", "run", "sbin", "sys", "usr"),
        *("var/lib/containerd", "var/lib/docker", "var/lib/ecs", "var/lib/kubelet", "var/run", "c:/windows"),
    )
)
HARMLESS_CAPABILITIES = frozenset(("SYS_PTRACE", "NET_BIND_SERVICE"))


def containers(task: Resource) -> list[Block]:
    """The container definitions, from JSON text or a list; UndecidedError where they are not known yet."""
    body = document(task.raw("containerDefinitions"))
    return [Block(item) for item in body if isinstance(item, dict)] if isinstance(body, list) else []


def _name(container: Block) -> str:
    return container.text("name") or "a container"


def _on_windows(task: Resource) -> bool:
    return (task.text("runtimePlatform.operatingSystemFamily") or "").upper().startswith("WINDOWS")


@rule(
    TASK_DEFINITION,
    name="ecs-container-hardening",
    title="Containers run unprivileged, as non-root, on a read-only root filesystem, isolated from their host.",
    severity=Severity.HIGH,
    controls=("FSBP ECS.3", "FSBP ECS.4", "FSBP ECS.5", "FSBP ECS.17", "CKV_AWS_334", "CKV_AWS_335", "CKV_AWS_336"),
    remedy="Set user to a number other than 0, readonlyRootFilesystem to true, networkMode to awsvpc, and drop "
    "privileged, pidMode and ipcMode host",
)
def ecs_container_hardening(task: Resource, context: RuleContext) -> Problems:
    for path, value in (("networkMode", "host"), ("pidMode", "host"), ("ipcMode", "host")):
        if task.text(path) == value:
            yield f"has {path} {value}"
    for path in sorted({path for volume in task.blocks("volumes") if (path := volume.text("hostPath"))}):
        if _is_of_the_host(path):
            yield f"mounts {path} of its host"
    windows = _on_windows(task)
    yield from each(containers(task), lambda container: _softness(container, windows))


def _is_of_the_host(path: str) -> bool:
    """Whether a host path exposes the host itself: its system, its processes, its container engine."""
    parts = tuple(part for part in path.replace("\\", "/").lower().split("/") if part not in ("", "."))
    if path in HARMLESS_PATHS:
        return False
    return "docker_engine" in parts or any(parts[: len(own)] == own or own[: len(parts)] == parts for own in _SYSTEM)


def _softness(container: Block, windows: bool) -> Iterator[str]:
    name = _name(container)
    if container.flag("privileged"):
        yield f"container {name} is privileged"
    if windows:
        return
    if not container.flag("readonlyRootFilesystem"):
        yield f"container {name} can write to its root filesystem"
    user = container.get("user")
    if user in (None, "") or str(user).split(":", 1)[0].lstrip("0") in ROOT:
        yield f"container {name} may run as root"
    surplus = {
        str(item).upper() for item in container.texts("linuxParameters.capabilities.add")
    } - HARMLESS_CAPABILITIES
    if surplus:
        yield f"container {name} adds the capabilities {', '.join(sorted(surplus))}"


@rule(
    TASK_DEFINITION,
    name="ecs-logging",
    title="Every container has a log configuration.",
    severity=Severity.MEDIUM,
    controls=("FSBP ECS.9",),
    remedy="Give the container a logConfiguration with awslogs or awsfirelens",
)
def ecs_logging(task: Resource, context: RuleContext) -> Problems:
    for container in containers(task):
        if (container.text("logConfiguration.logDriver") or "none") == "none":
            yield f"container {_name(container)} keeps no log"


@rule(
    TASK_DEFINITION,
    name="ecs-image-pinned",
    title="Every image is named by digest or by a version.",
    severity=Severity.LOW,
    level=Level.ADVISORY,
    controls=("Well-Architected SEC06-BP04",),
    remedy="Name the image by digest (@sha256:…) or by a tag other than latest",
)
def ecs_image_pinned(task: Resource, context: RuleContext) -> Problems:
    yield from each(containers(task), _floating)


def _floating(container: Block) -> Iterator[str]:
    image = container.text("image")
    if not image or "@sha256:" in image:
        return
    _, _, tag = image.rsplit("/", 1)[-1].partition(":")
    if tag in ("", "latest"):
        yield f"container {_name(container)} uses the latest image, not a version"


@rule(
    *TASKS_OF,
    name="ecs-private",
    title="Tasks have no public address.",
    severity=Severity.HIGH,
    controls=("FSBP ECS.2", "FSBP ECS.16", "CKV_AWS_333"),
    remedy="Set assign_public_ip to False and place the tasks in private subnets",
)
def ecs_private(service: Resource, context: RuleContext) -> Problems:
    path = f"{TASKS_OF[service.token]}networkConfiguration.assignPublicIp"
    if service.get(path) == "ENABLED" or service.flag(path):
        yield "gives its tasks public addresses"


@rule(
    TASK_DEFINITION,
    name="ecs-role-separation",
    title="A task's role differs from its execution role.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("Well-Architected SEC03-BP02", "CKV_AWS_249"),
    remedy="Give the task a role of its own with only what its code calls, separate from the execution role",
)
def ecs_role_separation(task: Resource, context: RuleContext) -> Problems:
    own, starting = task.raw("taskRoleArn"), task.raw("executionRoleArn")
    if isinstance(own, str) and own and own == starting:
        yield "uses one role for both"
        return
    if isinstance(own, str) and isinstance(starting, str):
        return
    graph = context.whole
    shared = _roles(graph.targets(task, "taskRoleArn", ROLE)) & _roles(graph.targets(task, "executionRoleArn", ROLE))
    if shared:
        yield f"uses the role {', '.join(sorted(shared))} for both"


def _roles(roles: list[Resource]) -> set[str]:
    return {role.name for role in roles}


@rule(
    ECS_SERVICE,
    ECS_CLUSTER,
    name="ecs-exec-audited",
    title="A cluster logs ECS Exec sessions, encrypted.",
    severity=Severity.MEDIUM,
    scope=Scope.STACK,
    controls=("CKV_AWS_223", "CKV_AWS_224"),
    remedy="Give the cluster an executeCommandConfiguration with logging OVERRIDE, a log group and a KMS key, "
    "or switch enable_execute_command off",
)
def ecs_exec_audited(service: Resource, context: RuleContext) -> Problems:
    if service.token == ECS_CLUSTER:
        for settings in service.blocks("configuration.executeCommandConfiguration"):
            if (settings.text("logging") or "DEFAULT") == "OVERRIDE":
                yield from _shell_logs(settings)
        return
    if not service.flag("enableExecuteCommand"):
        return
    clusters = context.whole.targets(service, "cluster", ECS_CLUSTER)
    if not clusters and not service.present("cluster"):
        yield "allows ECS Exec in the default cluster, which has no logs"
    for cluster in clusters:
        settings = cluster.blocks("configuration.executeCommandConfiguration")
        if not settings or (settings[0].text("logging") or "DEFAULT") == "NONE":
            yield f"opens shells that its cluster {cluster.name} doesn't log"
        elif not settings[0].present("kmsKeyId"):
            yield f"opens shells that its cluster {cluster.name} doesn't encrypt with a key of its own"


def _shell_logs(settings: Block) -> Iterator[str]:
    """Faults of a cluster's log configuration for ECS Exec."""
    group, bucket = "logConfiguration.cloudWatchLogGroupName", "logConfiguration.s3BucketName"
    if not settings.present(group) and not settings.present(bucket):
        yield "logs ECS Exec sessions to no destination"
    if settings.present(group) and not settings.flag("logConfiguration.cloudWatchEncryptionEnabled"):
        yield "lets shells be logged to a log group that isn't encrypted"
    if settings.present(bucket) and not settings.flag("logConfiguration.s3BucketEncryptionEnabled"):
        yield "lets shells be logged to a bucket unencrypted"


RULES = (
    ecs_container_hardening,
    ecs_logging,
    ecs_image_pinned,
    ecs_private,
    ecs_role_separation,
    ecs_exec_audited,
)
