"""Settings of every container of the shop, service or job."""

from __future__ import annotations

import re
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from aws_facts import fargate
from specs import references
from specs.base import Name, Spec
from specs.data import Uses
from specs.forms import Distinct, Form

_SECRET_ARN: Final = re.compile(
    r"^arn:aws:(?:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[\w/+=.@-]+(?::[\w.-]*:[\w.-]*:[\w.-]*)?|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[\w/.-]+)$"
)

_REACHABLE_IMAGE: Final = re.compile(
    r"^(?:public\.ecr\.aws/[^/]+|(?!0{12})[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com)/"
)

# A path of lower-case parts and a tag of 128 characters (OCI distribution specification), of a registry with 256
# characters for a repository's name (ECR API, CreateRepository).
_PART: Final = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
Image = Annotated[
    str,
    Field(max_length=500),
    Form(
        "an image with its registry, its path in lower case, and a tag of at most 128 characters or a digest",
        "public.ecr.aws/shop/cart:1.4.2",
        rf"[A-Za-z0-9.-]+(?::[0-9]+)?/(?=[^:@]{{1,256}}[:@]){_PART}(?:/{_PART})*"
        r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|@sha256:[0-9a-f]{64})",
    ),
]
VariableName = Annotated[
    str,
    Field(max_length=255),
    Form(
        "a variable's name of letters, digits and underscores, no digit first", "SHOP_NAME", r"[A-Za-z_][A-Za-z0-9_]*"
    ),
]
MAX_ID: Final = 2**32 - 2  # of a user or group in Linux
User = Annotated[
    str, Form("the number of a user, perhaps with its group's", "1000:1000", r"[0-9]{1,10}(?::[0-9]{1,10})?")
]
# Where a file system in memory hides what the image or the kernel needs.
_OF_THE_SYSTEM: Final = ("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "sbin", "sys", "usr")
WritablePath = Annotated[
    str,
    Field(max_length=255),
    Form(
        f"a folder by its whole path, without dot segments, none of /{', /'.join(_OF_THE_SYSTEM)}",
        "/var/cache/shop",
        rf"(?!/(?:{'|'.join(_OF_THE_SYSTEM)})(?:/|$))(?!.*/\.{{1,2}}(?:/|$))(?:/[A-Za-z0-9_.-]+)+",
    ),
]
MAX_SETTINGS: Final = 32_768
"""Bytes of a container's command and variables, half of what a task definition has for all (ECS quotas, 64 KB)."""


def _printable(value: str) -> str:
    if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", value):
        raise ValueError("a value holds no control characters (got one, not shown); remove it")
    return value


Value = Annotated[str, Field(max_length=MAX_SETTINGS), AfterValidator(_printable)]


def _known_references(value: str) -> str:
    references.references(value)
    return value


PlainValue = Annotated[
    str, Field(max_length=MAX_SETTINGS), AfterValidator(_printable), AfterValidator(_known_references)
]
CommandPart = Annotated[str, Field(min_length=1, max_length=MAX_SETTINGS), AfterValidator(_printable)]


class Workload(Spec):
    """A container image, its size and what it may touch."""

    name: Name
    """Name in every physical name; a service's is its name in DNS and in other services' `calls` too."""
    image: Image
    """Image with a registry, and a tag or digest: of `public.ecr.aws`, or of a private Amazon ECR registry."""
    cpu: Annotated[int, Field(ge=256, le=16_384)] = 512
    """CPU units of a task (1024 = 1 vCPU), the sidecar's share included."""
    memory: Annotated[int, Field(ge=512, le=122_880)] = 1024
    """MiB of a task, the sidecar's share included."""
    user: User = "1000"
    """Numeric user (and group) of the container; not 0."""
    writable_paths: Annotated[tuple[WritablePath, ...], Field(max_length=20), Distinct()] = ("/tmp",)
    """Paths that may be written: small file systems in memory over the read-only root."""
    command: tuple[CommandPart, ...] = ()
    """Command in place of the image's own. Default: the image's."""
    uses: Uses = Uses()
    """Stores it works with."""
    environment: dict[VariableName, PlainValue] = Field(default_factory=dict)
    """Plain variables; may hold references (`specs.references`)."""
    secrets: dict[VariableName, Value] = Field(default_factory=dict)
    """Secret variables: `${database.<name>.password}` or the ARN of a Secrets Manager secret or SSM parameter."""

    @field_validator("image")
    @classmethod
    def _image_is_pinned_and_reachable(cls, image: str) -> str:
        if image.lower().endswith(":latest"):
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
        ids = [int(part) for part in user.split(":")]
        if 0 in ids:
            raise ValueError(
                f"a container must not run as root (got {user}); use the image's own user, for example 1000"
            )
        if max(ids) > MAX_ID:
            raise ValueError(f"a user's number is at most {MAX_ID} (got {user}); use the image's own, for example 1000")
        return user

    @field_validator("command")
    @classmethod
    def _no_references(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        for part in command:
            references.refuse_in(part)
        return command

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
        size = sum(
            len(text.encode())
            for text in (*self.command, *(part for pair in self.environment.items() for part in pair), *self.secrets)
        )
        if size > MAX_SETTINGS:
            raise ValueError(
                f"command and environment have at most {MAX_SETTINGS} bytes together (got {size}); put the rest into a "
                "file of the image or a bucket"
            )
        both = sorted(self.environment.keys() & self.secrets.keys())
        if both:
            raise ValueError(f"a variable is plain or secret, not both (got {both[0]} in both); remove one")
        return self
