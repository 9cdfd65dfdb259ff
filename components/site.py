"""Account, region and naming of a stack: names, ARNs and tags, the same for every component."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aws_facts.regions import DNS_SUFFIX, PARTITION

# Sensitivity of a resource's data, from harmless to personal data of customers.
DataClass = Literal["public", "internal", "confidential", "restricted"]


@dataclass(frozen=True, kw_only=True)
class Site:
    """The identity of one stack.

    Physical names are fixed (`<project>-<stack>-<thing>`), so that ARNs, and with them IAM documents, are known
    before anything exists.
    """

    project: str
    stack: str
    region: str
    account_id: str
    owner: str
    cost_centre: str
    production: bool
    zones: tuple[str, ...]
    """Availability Zone names, for example `ap-south-1a`."""

    @property
    def prefix(self) -> str:
        """Start of every physical name."""
        return f"{self.project}-{self.stack}"

    def named(self, *parts: str) -> str:
        """The physical name of a thing: unique in one account and region."""
        return "-".join((self.prefix, *parts))

    def globally_named(self, *parts: str) -> str:
        """The physical name of a globally unique resource: an S3 bucket."""
        return "-".join((self.prefix, *parts, self.account_id, self.region))

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """The ARN of a resource of this account; `region=""` for the global services."""
        return f"arn:{PARTITION}:{service}:{self.region if region is None else region}:{self.account_id}:{resource}"

    def iam_arn(self, resource: str) -> str:
        """The ARN of an IAM resource, for example `role/saleday-dev-cart-task`."""
        return self.arn("iam", resource, region="")

    @property
    def owned(self) -> dict[str, dict[str, str]]:
        """The condition of an IAM statement that holds for things of this stack, by the tags that all of them carry."""
        return {"StringEquals": {"aws:ResourceTag/Project": self.project, "aws:ResourceTag/Stack": self.stack}}

    @property
    def requested(self) -> dict[str, dict[str, str]]:
        """The same condition on the tags that a request gives to what it makes."""
        own = self.owned["StringEquals"]
        return {"StringEquals": {key.replace("ResourceTag", "RequestTag"): value for key, value in own.items()}}

    @staticmethod
    def bucket_arn(bucket: str) -> str:
        return f"arn:{PARTITION}:s3:::{bucket}"

    @staticmethod
    def managed_policy_arn(path: str) -> str:
        """The ARN of a policy that AWS manages, for example `service-role/AWSBackupServiceRolePolicyForBackup`."""
        return f"arn:{PARTITION}:iam::aws:policy/{path}"

    @staticmethod
    def endpoint(service: str, region: str) -> str:
        return f"{service}.{region}.{DNS_SUFFIX}"

    def tags(self, tier: str, data_class: DataClass, name: str | None = None) -> dict[str, str]:
        """The tags that every resource carries; `name` adds the console's `Name`."""
        tags = {
            "Project": self.project,
            "Stack": self.stack,
            "Tier": tier,
            "Owner": self.owner,
            "CostCentre": self.cost_centre,
            "DataClass": data_class,
        }
        return tags | {"Name": name} if name else tags
