"""What every container of the shop says of itself, whether it serves requests or works through a job."""

from __future__ import annotations

import re
from typing import Annotated, Final, Self

from pydantic import Field, field_validator, model_validator

from aws_facts import fargate
from specs import references
from specs.base import Name, Spec
from specs.data import Uses

_SECRET_ARN: Final = re.compile(
    r"^arn:aws:(?:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+(?::[\w.-]*:[\w.-]*:[\w.-]*)?|ssm:[a-z0-9-]+:\d{12}:parameter/[\w/.-]+)$"
)

_REACHABLE_IMAGE: Final = re.compile(r"^(?:public\.ecr\.aws|\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com)/")

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class Workload(Spec):
    """A container image, its size and what it may touch."""

    name: Name
    """Name in every physical name; a service's is its name in DNS and in other services' `calls` too."""
    image: Annotated[str, Field(pattern=r"^[\w.-]+(?::\d+)?(?:/[\w.-]+)+(?::[\w.-]+|@sha256:[0-9a-f]{64})$")]
    """Image with a registry, and a tag or digest: of `public.ecr.aws`, or of a private Amazon ECR registry."""
    cpu: int = 512
    """CPU units of a task (1024 = 1 vCPU), the sidecar's share included."""
    memory: int = 1024
    """MiB of a task, the sidecar's share included."""
    user: Annotated[str, Field(pattern=r"^\d+(?::\d+)?$")] = "1000"
    """Numeric user (and group) of the container; not 0."""
    writable_paths: tuple[Annotated[str, Field(pattern=r"^/[\w./-]+$")], ...] = ("/tmp",)
    """Paths that may be written: small file systems in memory over the read-only root."""
    command: tuple[str, ...] = ()
    """Command in place of the image's own. Default: the image's."""
    uses: Uses = Uses()
    """Stores it works with."""
    environment: dict[VariableName, str] = Field(default_factory=dict)
    """Plain variables; may hold references (`specs.references`)."""
    secrets: dict[VariableName, str] = Field(default_factory=dict)
    """Secret variables: `${database.<name>.password}` or the ARN of a Secrets Manager secret or SSM parameter."""

    @field_validator("image")
    @classmethod
    def _image_is_pinned_and_reachable(cls, image: str) -> str:
        if image.endswith(":latest"):
            raise ValueError(f"an image is pinned to a version or digest (got {image}); replace latest")
        if not _REACHABLE_IMAGE.match(image):
            raise ValueError(
                "an image comes from public.ecr.aws or a private Amazon ECR registry, as tasks have no way to the "
                f"internet (got {image}); push it to the service's own repository"
            )
        return image

    @field_validator("user")
    @classmethod
    def _not_root(cls, user: str) -> str:
        if int(user.partition(":")[0]) == 0:
            raise ValueError(
                f"a container must not run as root (got {user}); use the image's own user, for example 1000"
            )
        return user

    @field_validator("environment")
    @classmethod
    def _references_are_known(cls, environment: dict[str, str]) -> dict[str, str]:
        for value in environment.values():
            references.references(value)
        return environment

    @field_validator("secrets")
    @classmethod
    def _secrets_by_reference(cls, secrets: dict[str, str]) -> dict[str, str]:
        for variable, value in secrets.items():
            if _SECRET_ARN.match(value):
                continue
            if value.startswith("${") and value.endswith("}"):
                references.references(value, references.SECRET_ATTRIBUTES)
                continue
            raise ValueError(
                f"{variable} must be a reference, never the secret itself (got {len(value)} characters, not shown); "
                "name the ARN of a Secrets Manager secret or SSM parameter, or ${database.<name>.password}"
            )
        return secrets

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        fargate.check_pair(self.cpu, self.memory)
        both = sorted(self.environment.keys() & self.secrets.keys())
        if both:
            raise ValueError(f"a variable is plain or secret, not both (got {both[0]} in both); remove one")
        return self
