"""Image repositories: one for each service, and a pull-through cache of the public gallery.

Tasks have no way to the internet, so an image of `public.ecr.aws` is named by its copy in this account's cache, which
tasks read through the VPC's ECR endpoints. ECR answers the very first pull of an image by sending the client to the
internet (ECR guide, "VPC endpoint considerations"); hence a function outside the VPC imports each image beforehand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pulumi
import pulumi_aws as aws

from aws_facts.regions import DNS_SUFFIX
from components import iam
from components.base import Component
from components.handles import KeyRing
from components.site import Site
from specs.services import Service

PUBLIC_GALLERY: Final = "public.ecr.aws"
RELEASES_KEPT: Final = 30  # images of a service: about a month of daily releases to roll back to
UNTAGGED_DAYS: Final = 7
IMPORT_TIMEOUT: Final = 600  # seconds; ECR takes one to two minutes for an image
IMPORT_MEMORY: Final = 256  # MiB
_HANDLER: Final = Path(__file__).resolve().parents[2] / "functions" / "image_import.py"


@dataclass(frozen=True)
class Image:
    """A reference to an image, taken apart."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Image:
        """`<registry>/<repository>:<tag>` or `<registry>/<repository>@<digest>`."""
        name, _, digest = text.partition("@")
        registry, _, path = name.partition("/")
        repository, _, tag = path.partition(":")
        return cls(registry, repository, tag, digest)

    @property
    def is_public(self) -> bool:
        return self.registry == PUBLIC_GALLERY

    def __str__(self) -> str:
        return f"{self.registry}/{self.repository}" + (f"@{self.digest}" if self.digest else f":{self.tag}")


def pulled(site: Site, text: str) -> Image:
    """Image that a task pulls for the one named in the settings: the cache's copy, or itself."""
    image = Image.parse(text)
    if not image.is_public:
        return image
    registry = f"{site.account_id}.dkr.ecr.{site.region}.{DNS_SUFFIX}"
    return Image(registry, f"{cache_prefix(site)}/{image.repository}", image.tag, image.digest)


def on_release(service: Service, image: str | None) -> Service:
    """The service on the image that its pipeline has released; on its own where that is no public one, which the
    settings then pin on purpose.
    """
    is_placeholder = Image.parse(service.image).is_public
    return service.model_copy(update={"image": image}) if image is not None and is_placeholder else service


def repository_arn(site: Site, image: Image) -> str:
    """The ARN of a private repository, of this account or another: `<account>.dkr.ecr.<region>.<suffix>`."""
    account, _, _, region, *_ = image.registry.split(".")
    return site.arn("ecr", f"repository/{image.repository}", region=region).replace(site.account_id, account, 1)


def cache_prefix(site: Site) -> str:
    return site.named("public")


def service_repository(tier: Component, keys: KeyRing, service: str) -> aws.ecr.Repository:
    """The repository that a service's own images go to."""
    repository = _repository(tier, keys, tier.child("repository"), tier.site.named(service))
    aws.ecr.LifecyclePolicy(
        tier.child("repository", "lifecycle"),
        repository=repository.name,
        policy=_lifecycle(),
        opts=tier.opts(parent=repository),
    )
    return repository


class PublicCache:
    """Copies of the public images in use. `ready` is what a task's start has to wait for."""

    def __init__(self, tier: Component, keys: KeyRing, images: Sequence[str], log_retention_days: int) -> None:
        site = tier.site
        public = sorted({str(image) for image in map(Image.parse, images) if image.is_public})
        copies = [pulled(site, image) for image in public]
        rule = aws.ecr.PullThroughCacheRule(
            tier.child("public-images"),
            ecr_repository_prefix=cache_prefix(site),
            upstream_registry_url=PUBLIC_GALLERY,
            opts=tier.opts(),
        )
        # Made here and not by ECR on the first pull, which would leave them without key, tags and an end.
        repositories: list[pulumi.Resource] = [
            _repository(tier, keys, tier.child("public", name.replace("/", "-")), f"{cache_prefix(site)}/{name}")
            for name in sorted({Image.parse(image).repository for image in public})
        ]
        function = _import_function(tier, keys, copies, log_retention_days)
        self.ready: pulumi.Resource = aws.lambda_.Invocation(
            tier.child("image-import", "run"),
            function_name=function.name,
            input=json.dumps(
                {"images": [{"repository": i.repository, "tag": i.tag, "digest": i.digest} for i in copies]},
                sort_keys=True,
            ),
            opts=tier.opts(parent=function, depends_on=[rule, *repositories]),
        )


def _repository(tier: Component, keys: KeyRing, name: str, physical: str) -> aws.ecr.Repository:
    return aws.ecr.Repository(
        name,
        name=physical,
        image_tag_mutability="IMMUTABLE",
        image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
        encryption_configurations=[
            aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=keys.delivery.arn)
        ],
        force_delete=not tier.site.production,
        tags=tier.tags("internal", physical),
        opts=tier.opts(),
    )


def _lifecycle() -> str:
    def rule(priority: int, what: str, selection: dict[str, object]) -> dict[str, object]:
        return {"rulePriority": priority, "description": what, "selection": selection, "action": {"type": "expire"}}

    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": UNTAGGED_DAYS,
    }
    releases = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": RELEASES_KEPT}
    return json.dumps(
        {
            "rules": [
                rule(1, f"images without a tag go after {UNTAGGED_DAYS} days", untagged),
                rule(2, f"the newest {RELEASES_KEPT} images stay", releases),
            ]
        },
        sort_keys=True,
    )


def _import_function(
    tier: Component, keys: KeyRing, copies: Sequence[Image], log_retention_days: int
) -> aws.lambda_.Function:
    site = tier.site
    name = site.named("image-import")
    log_group = aws.cloudwatch.LogGroup(
        tier.child("image-import", "logs"),
        name=f"/aws/lambda/{name}",
        retention_in_days=log_retention_days,
        kms_key_id=keys.logs.arn,
        tags=tier.tags("internal"),
        opts=tier.opts(),
    )
    role = aws.iam.Role(
        tier.child("image-import", "role"),
        name=name,
        description=f"{site.prefix}: imports public images into the image cache",
        assume_role_policy=iam.trust("lambda.amazonaws.com", account_id=site.account_id, names_source=False),
        tags=tier.tags("internal", name),
        opts=tier.opts(),
    )
    policy = aws.iam.RolePolicy(
        tier.child("image-import", "policy"),
        name="import",
        role=role.name,
        policy=iam.document(
            iam.statement(
                "ImportImages",
                ["ecr:BatchGetImage", "ecr:BatchImportUpstreamImage", "ecr:DescribeImages"],
                sorted({repository_arn(site, image) for image in copies}),
            ),
            iam.statement(
                "WriteLogs",
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                [site.arn("logs", f"log-group:/aws/lambda/{name}:*")],
            ),
            # X-Ray's calls take no resource.
            iam.statement("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"]),
        ),
        opts=tier.opts(parent=role),
    )
    return aws.lambda_.Function(
        tier.child("image-import"),
        name=name,
        description="Imports public images into the image cache, so that tasks need no internet",
        role=role.arn,
        runtime="python3.13",
        architectures=["arm64"],
        handler="image_import.handler",
        # The text itself, not a path: the same archive on every machine.
        code=pulumi.AssetArchive({_HANDLER.name: pulumi.StringAsset(_HANDLER.read_text(encoding="utf-8"))}),
        timeout=IMPORT_TIMEOUT,
        memory_size=IMPORT_MEMORY,
        tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
        logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log_group.name),
        tags=tier.tags("internal", name),
        opts=tier.opts(depends_on=[policy]),
    )
