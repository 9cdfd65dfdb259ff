"""The media bucket as services use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components import iam
from components.handles import BucketHandle
from components.site import Site
from components.stores.contract import Store, Use, Value

OBJECT_ACTIONS: Final[dict[str, tuple[str, ...]]] = {
    "read": ("s3:GetObject",),
    "readWrite": ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"),
}


@dataclass(frozen=True, kw_only=True)
class MediaHandle(BucketHandle, Store):
    """A bucket whose objects services read and write."""

    def statements(self, use: Use) -> list[iam.Statement]:
        return [
            iam.statement(iam.sid("Objects", use.store), OBJECT_ACTIONS[use.access], [f"{self.arn}/*"]),
            iam.statement(iam.sid("Bucket", use.store), ["s3:ListBucket"], [self.arn]),
        ]

    def encrypts(self, use: Use) -> bool:
        return use.access == "readWrite"

    def references(self) -> Mapping[str, Value]:
        return {"name": self.bucket}


def bounds(site: Site) -> list[iam.Statement]:
    """Buckets carry no account in their ARNs, so they have a statement of their own."""
    actions = {*OBJECT_ACTIONS["readWrite"], "s3:ListBucket"}
    return [iam.statement("UseObjects", sorted(actions), [f"{site.bucket_arn(site.prefix)}-*"])]
