"""Names of the parts of one service's pipeline: fixed, so that every document is known at preview."""

from __future__ import annotations

from dataclasses import dataclass

from aws_facts.regions import DNS_SUFFIX
from components.site import Site

# CodePipeline starts the keys of its artifacts with the pipeline's name, of which it keeps 20 characters.
_PREFIX_LENGTH = 20


@dataclass(frozen=True)
class Names:
    """Names and ARNs of one service's pipeline."""

    site: Site
    service: str

    @property
    def pipeline(self) -> str:
        return self.site.named(self.service)

    def role(self, stage: str) -> str:
        """Physical name of a stage's role."""
        return self.site.named(self.service, stage)

    def role_arn(self, stage: str) -> str:
        return self.site.iam_arn(f"role/{self.role(stage)}")

    def project(self, what: str) -> str:
        """Physical name of a build project: `test` or `image`."""
        return self.site.named(self.service, what)

    def project_arn(self, what: str) -> str:
        return self.site.arn("codebuild", f"project/{self.project(what)}")

    def log_group(self, what: str) -> str:
        return f"/aws/codebuild/{self.project(what)}"

    @property
    def repository(self) -> str:
        """The service's image repository."""
        return self.site.named(self.service)

    @property
    def repository_arn(self) -> str:
        return self.site.arn("ecr", f"repository/{self.repository}")

    @property
    def registry(self) -> str:
        return f"{self.site.account_id}.dkr.ecr.{self.site.region}.{DNS_SUFFIX}"

    @property
    def artifacts(self) -> str:
        """ARN pattern of this pipeline's objects in the bucket of artifacts."""
        bucket = Site.bucket_arn(artifacts_bucket(self.site))
        return f"{bucket}/{self.pipeline[:_PREFIX_LENGTH]}*"


def artifacts_bucket(site: Site) -> str:
    return site.globally_named("artifacts")
