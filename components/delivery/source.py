"""Source of the code: GitHub, through a connection of the account, or a CodeCommit repository of the stack."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.base import Component
from components.handles import KeyHandle
from specs.delivery import CodeCommit, GitHub

MAX_CONNECTION = 32  # characters of a connection's name (CreateConnection API)


@dataclass(frozen=True, kw_only=True)
class Source:
    """The repository that all pipelines of a stack read."""

    branch: str
    repository: str
    """`owner/name` on GitHub; the physical name in CodeCommit."""
    connection_arn: pulumi.Output[str] | None = None
    """Connection to GitHub; None for CodeCommit."""
    repository_arn: str | None = None
    """ARN of the CodeCommit repository; None for GitHub."""
    ready: pulumi.Resource | None = None
    """Resource that a pipeline has to wait for."""


def github(tier: Component, settings: GitHub) -> Source:
    """A connection that is made here stays pending until a person has completed it in the console."""
    if settings.connection_arn is not None:
        arn = pulumi.Output.from_input(settings.connection_arn)
    else:
        name = tier.site.named("github")[:MAX_CONNECTION]
        connection = aws.codeconnections.Connection(
            tier.child("github"),
            name=name,
            provider_type="GitHub",
            tags=tier.tags("internal", name),
            opts=tier.opts(),
        )
        arn = connection.arn
    return Source(branch=settings.branch, repository=settings.repository, connection_arn=arn)


def code_commit(tier: Component, settings: CodeCommit, key: KeyHandle) -> Source:
    site = tier.site
    name = site.named(settings.repository)
    repository = aws.codecommit.Repository(
        tier.child("repository"),
        repository_name=name,
        description=f"{site.prefix}: source of the services",
        # The branch itself comes with the first push; until then there is none that could be the default.
        kms_key_id=key.arn,
        tags=tier.tags("confidential", name),
        # Pushed commits exist nowhere else.
        opts=tier.opts(protect=site.production or None),
    )
    return Source(
        branch=settings.branch, repository=name, repository_arn=site.arn("codecommit", name), ready=repository
    )
