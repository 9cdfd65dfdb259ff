"""The two build projects of a service: one that compiles and tests, one that makes the image."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.delivery import buildspec, roles
from components.delivery.names import Names
from components.handles import KeyRing, KubernetesHandle
from specs.delivery import ServiceDelivery

# ARM, as the tasks: an image for another architecture would not start.
BUILD_IMAGE: Final = "aws/codebuild/amazonlinux-aarch64-standard:3.0"
BUILD_TIMEOUT: Final = 60  # minutes
QUEUED_TIMEOUT: Final = 60  # minutes
# One at a time: two builds of one service would race for the newest image.
CONCURRENT: Final = 1
_COMPUTE: Final = {
    "small": "BUILD_GENERAL1_SMALL",
    "medium": "BUILD_GENERAL1_MEDIUM",
    "large": "BUILD_GENERAL1_LARGE",
}


def build(
    tier: Component,
    names: Names,
    settings: ServiceDelivery,
    scan_fails_on: str,
    keys: KeyRing,
    log_retention_days: int,
    cluster: KubernetesHandle | None = None,
) -> list[aws.codebuild.Project]:
    """`test`, then `image`; the second fills the image into the service's objects for a `cluster`."""
    specs = {
        "test": buildspec.compile_and_test(settings.compile, settings.test),
        "image": buildspec.build_image(scan_fails_on, kubernetes=cluster is not None),
    }
    return [
        _project(tier, names, what, text, settings, keys, log_retention_days, cluster) for what, text in specs.items()
    ]


def _project(
    tier: Component,
    names: Names,
    what: str,
    spec: str,
    settings: ServiceDelivery,
    keys: KeyRing,
    log_retention_days: int,
    cluster: KubernetesHandle | None,
) -> aws.codebuild.Project:
    site = tier.site
    makes_image = what == "image"
    logs = aws.cloudwatch.LogGroup(
        tier.child(what, "logs"),
        name=names.log_group(what),
        retention_in_days=log_retention_days,
        kms_key_id=keys.logs.arn,
        tags=tier.tags("internal"),
        opts=tier.opts(),
    )
    role = aws.iam.Role(
        tier.child(what, "role"),
        name=names.role(what),
        description=f"{names.pipeline}: what the build '{what}' may do",
        assume_role_policy=iam.trust(
            "codebuild.amazonaws.com", account_id=site.account_id, source_arn=names.project_arn(what)
        ),
        tags=tier.tags("internal", names.role(what)),
        opts=tier.opts(),
    )
    allowed = aws.iam.RolePolicy(
        tier.child(what, "policy"),
        name="build",
        role=role.name,
        policy=(
            roles.image_project_policy(names, keys.delivery, cluster)
            if makes_image
            else roles.test_project_policy(names, keys.delivery)
        ),
        opts=tier.opts(parent=role),
    )
    variables = {"FOLDER": settings.folder}
    if makes_image:
        variables |= {
            "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",  # they would make a list of the image, which no scan looks into
            "CONTAINER": settings.name,
            "DOCKERFILE": settings.dockerfile,
            "REGISTRY": names.registry,
            "REPOSITORY": names.repository,
            "REPOSITORY_ARN": names.repository_arn,
        }
    if makes_image and cluster is not None:
        variables |= {"MANIFESTS": cluster.manifests_bucket, "MANIFEST_KEY": cluster.manifests[settings.name]}
    return aws.codebuild.Project(
        tier.child(what),
        name=names.project(what),
        description=f"{names.pipeline}: "
        + ("builds, pushes and scans the image" if makes_image else "compiles, tests"),
        service_role=role.arn,
        encryption_key=keys.delivery.arn,
        build_timeout=BUILD_TIMEOUT,
        queued_timeout=QUEUED_TIMEOUT,
        concurrent_build_limit=CONCURRENT,
        source=aws.codebuild.ProjectSourceArgs(type="CODEPIPELINE", buildspec=spec),
        artifacts=aws.codebuild.ProjectArtifactsArgs(type="CODEPIPELINE"),
        environment=aws.codebuild.ProjectEnvironmentArgs(
            type="ARM_CONTAINER",
            compute_type=_COMPUTE[settings.compute],
            image=BUILD_IMAGE,
            image_pull_credentials_type="CODEBUILD",
            # Docker needs it to build; the project that runs the repository's own commands doesn't have it.
            privileged_mode=makes_image,
            environment_variables=[
                aws.codebuild.ProjectEnvironmentEnvironmentVariableArgs(name=name, value=value, type="PLAINTEXT")
                for name, value in sorted(variables.items())
            ],
        ),
        logs_config=aws.codebuild.ProjectLogsConfigArgs(
            cloudwatch_logs=aws.codebuild.ProjectLogsConfigCloudwatchLogsArgs(
                status="ENABLED", group_name=logs.name, stream_name=what
            ),
            s3_logs=aws.codebuild.ProjectLogsConfigS3LogsArgs(status="DISABLED"),
        ),
        tags=tier.tags("internal", names.project(what)),
        opts=tier.opts(depends_on=[allowed]),
    )


def project_names(projects: list[aws.codebuild.Project]) -> list[pulumi.Output[str]]:
    return [project.name for project in projects]
