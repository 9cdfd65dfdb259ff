"""Settings of delivery: pipelines of services, freezes, and the platform's own workflows."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator, model_validator

from specs.base import Name, RoleName, Spec
from specs.clock import CronCall, Moment, TimeZone
from specs.forms import Form

# GitHub: an owner has 39 characters at most, letters, digits and single hyphens; a repository 100.
_GITHUB_REPOSITORY: Final = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}/[A-Za-z0-9._-]{1,100}")
MAX_CODECOMMIT: Final = 100  # characters of a repository's name (CodeCommit quotas)

# What Git takes for a branch (git-check-ref-format), less what shells and URLs would have to quote.
Branch = Annotated[
    str,
    Field(max_length=255),
    Form(
        "the name of a branch",
        "main",
        r"(?!HEAD$)(?!.*(?:\.\.|//|/\.|\.lock(?:/|$)))[A-Za-z0-9](?:[A-Za-z0-9_./-]*[A-Za-z0-9_-])?",
    ),
]
# A folder or file inside a repository.
Path = Annotated[
    str,
    Field(max_length=200),
    Form(
        "a path within the repository, without dot segments, or . for its root",
        "src/cart",
        r"\.|[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*",
    ),
]
LONGEST_FREEZE: Final = timedelta(days=731)
Command = Annotated[str, Field(min_length=1, max_length=1000)]


def _is_github_repository(value: str) -> str:
    if not _GITHUB_REPOSITORY.fullmatch(value) or value.endswith(("/.", "/..", ".git", ".wiki")):
        raise ValueError(f"a GitHub repository is owner/name (got {value}); write for example shop-example/shop")
    return value


# S3 user guide, "General purpose bucket naming rules".
BucketName = Annotated[
    str,
    Field(min_length=3, max_length=63),
    Form(
        "the name of a bucket",
        "shop-pulumi-state",
        r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(?:\.\.|\.-|-\.|-s3alias$|--ol-s3$|\.mrap$|--x-s3$|--table-s3$))"
        r"(?![0-9]+(?:\.[0-9]+){3}$)[a-z0-9][a-z0-9.-]*[a-z0-9]",
    ),
]


class GitHub(Spec):
    """Source code on GitHub, read through a connection of CodeConnections."""

    repository: str
    """`owner/name`."""
    branch: Branch = "main"
    """Branch that is delivered."""
    connection_arn: (
        Annotated[
            str,
            Form(
                "the ARN of a connection",
                "arn:aws:codeconnections:ap-south-1:123456789012:connection/12345678-1234-1234-1234-123456789012",
                r"arn:aws:code(?:connections|star-connections):[a-z0-9-]+:[0-9]{12}:connection/[0-9A-Za-z-]+",
            ),
        ]
        | None
    ) = None
    """A connection that is there already. Default: the stack makes one, which a person completes in the console."""

    _repository = field_validator("repository")(_is_github_repository)


class CodeCommit(Spec):
    """Source code in a CodeCommit repository, which the stack makes."""

    repository: Annotated[
        str,
        Field(max_length=MAX_CODECOMMIT - 17),
        Form("a repository's name of letters, digits and . _ -", "shop", r"(?!.*\.git$)[A-Za-z0-9_.-]*[A-Za-z0-9_-]"),
    ]
    """Ends the repository's name, `<project>-<stack>-<repository>`."""
    branch: Branch = "main"
    """Branch that is delivered."""


class ServiceDelivery(Spec):
    """The pipeline of one service."""

    name: Name
    """Name of the service."""
    folder: Path = "."
    """Folder of the repository that holds the service; only pushes that touch it start the pipeline."""
    compile: tuple[Command, ...] = ("make build",)
    """Shell commands that compile the code, run in the folder."""
    test: tuple[Command, ...] = ("make test",)
    """Shell commands that test it; one that fails ends the pipeline."""
    dockerfile: Path = "Dockerfile"
    """Dockerfile of the image, within the folder."""
    compute: Literal["small", "medium", "large"] = "small"
    """Size of the build machines (ARM): 2 vCPU and 4 GiB, 4 and 8, 8 and 16."""


class Freeze(Spec):
    """A time in which nothing is deployed and nothing is rebuilt by schedule."""

    name: Name
    """What it is for, for example `diwali-sale`."""
    start: Moment
    """ISO 8601 with its offset from UTC: `2027-10-01T00:00:00+05:30`."""
    end: Moment
    """First moment at which deployments are free again; same form."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Freeze:
        if self.end <= self.start:
            raise ValueError(
                f"a freeze must end after it starts (got {self.start.isoformat()} to {self.end.isoformat()}); "
                "move end behind start"
            )
        if self.end - self.start > LONGEST_FREEZE:
            raise ValueError(
                f"a freeze lasts two years at most (got {self.start.isoformat()} to {self.end.isoformat()}); "
                "correct a year"
            )
        return self

    def covers(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


class Rebuild(Spec):
    """When images are built anew without a change of code, to take up patches of what they are built on."""

    schedule: CronCall = "cron(0 3 ? * SUN *)"
    """EventBridge Scheduler's cron expression."""
    time_zone: TimeZone = "Asia/Kolkata"
    """IANA name."""
    on_critical_finding: bool = True
    """Also when Inspector reports a critical vulnerability that has a fix in an image that runs, once a day at most."""


class Platform(Spec):
    """The workflows that check and deploy this program itself, from GitHub Actions without any stored key."""

    repository: str
    """`owner/name` of the repository that holds this program."""
    branch: Branch = "main"
    """Branch that is deployed, and compared with the account every night."""
    state_bucket: BucketName | None = None
    """Bucket of Pulumi's state. Default: none, the state is in Pulumi Cloud."""
    secrets_key_arn: (
        Annotated[
            str,
            Form(
                "the ARN of a KMS key",
                "arn:aws:kms:ap-south-1:123456789012:key/12345678-1234-1234-1234-123456789012",
                r"arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+",
            ),
        ]
        | None
    ) = None
    """KMS key of the stack's secrets provider. Default: none."""
    provisioner: RoleName = "saleday-provisioner"
    """Name of the role that may create what the program holds. It is the account's own, not the program's, as who could
    widen the role that he works with could do everything."""

    _repository = field_validator("repository")(_is_github_repository)


class Delivery(Spec):
    """How code reaches the stack."""

    github: GitHub | None = None
    """Source on GitHub."""
    code_commit: CodeCommit | None = None
    """Source in CodeCommit; one of the two where there are pipelines."""
    services: tuple[ServiceDelivery, ...] = ()
    """One pipeline for each service named here."""
    approval: bool | None = None
    """Whether someone approves each deployment. Default: in production only, where it is required."""
    freezes: tuple[Freeze, ...] = ()
    """When nothing is deployed."""
    scan_fails_on: Literal["CRITICAL", "HIGH"] = "CRITICAL"
    """Severity from which a vulnerability found in an image ends its pipeline."""
    rebuild: Rebuild | None = Rebuild()
    """When images are built anew. null: never."""
    platform: Platform | None = None
    """The program's own workflows. Default: none."""

    @model_validator(mode="after")
    def _pipelines_have_one_source(self) -> Delivery:
        sources = [name for name, source in (("github", self.github), ("codeCommit", self.code_commit)) if source]
        if self.services and len(sources) != 1:
            raise ValueError(
                "pipelines need one source, github or codeCommit "
                f"(got {' and '.join(sources) or 'neither'}); keep exactly one"
            )
        return self
