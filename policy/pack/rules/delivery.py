"""Rules for what builds and stores images."""

from __future__ import annotations

import re

from ..resource import Resource
from ..rule import Problems, RuleContext, Severity, rule
from ..tokens import PROJECT, REPOSITORY

# Tools that build images, or run containers to test with.
_IMAGE_TOOLS = re.compile(
    r"\b(?:docker|dockerd|podman|buildah|buildx|buildkit\w*|kaniko|nerdctl|packer|testcontainers|use-container)\b"
)


@rule(
    REPOSITORY,
    PROJECT,
    name="delivery-hardening",
    title="Images are immutable and scanned; builds are logged and privileged only where they build images.",
    severity=Severity.MEDIUM,
    controls=(
        "FSBP ECR.1",
        "FSBP ECR.2",
        "FSBP CodeBuild.4",
        "FSBP CodeBuild.5",
        "CKV_AWS_51",
        "CKV_AWS_163",
    ),
    remedy="Set IMMUTABLE tags, scan_on_push on a repository; keep a build's logs and drop privileged_mode",
)
def delivery_hardening(resource: Resource, context: RuleContext) -> Problems:
    if resource.token == REPOSITORY:
        if not (resource.text("imageTagMutability") or "MUTABLE").startswith("IMMUTABLE"):
            yield "lets a tag move to another image"
        if not resource.flag("imageScanningConfiguration.scanOnPush"):
            yield "doesn't scan what is pushed"
    else:
        yield from _build(resource)


def _build(project: Resource) -> Problems:
    if project.flag("environment.privilegedMode") and not _builds_images(project):
        yield "is privileged without building an image"
    logs = ("logsConfig.cloudwatchLogs.status", "logsConfig.s3Logs.status")
    switched = [project.text(path) for path in logs]
    # CodeBuild writes to CloudWatch unless that is switched off.
    if switched[0] == "DISABLED" and switched[1] != "ENABLED":
        yield "keeps no logs"


def _builds_images(project: Resource) -> bool:
    """Whether a build needs privileged mode: by its inline commands, else by the kind of its artifacts."""
    commands = project.text("source.buildspec") or ""
    if "\n" in commands or commands.lstrip().startswith("{"):
        return _IMAGE_TOOLS.search(commands) is not None
    return project.text("artifacts.type") != "S3"  # an image is no artifact


RULES = (delivery_hardening,)
