"""Settings of the media bucket, and what the rest of the program asks of it."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from specs.base import MAX_DAYS, Days, Name, Spec
from specs.stores.contract import StoreKind

BucketAccess = Literal["read", "readWrite"]

# Name of the bucket that access logs go to.
LOG_BUCKET: Final = "logs"


class Media(Spec):
    """The bucket of images and static files."""

    name: Name = "media"
    """Name in services' `uses` and in the physical name."""
    infrequent_after_days: Annotated[int, Field(ge=0, le=MAX_DAYS)] = 0
    """Days before an object moves to Intelligent-Tiering."""
    archive_after_days: Annotated[int, Field(ge=90, le=730)] | None = None
    """Days without access before Intelligent-Tiering's archive tier. Default: never, as archives answer slowly."""
    old_versions_days: Days = 30
    """Days that overwritten versions are kept."""

    @field_validator("name")
    @classmethod
    def _is_not_the_log_bucket(cls, name: str) -> str:
        if name == LOG_BUCKET:
            raise ValueError(f"{LOG_BUCKET} is the bucket of access logs (got {name}); choose another name")
        return name


BUCKETS: Final = StoreKind[Media](
    name="bucket", field="buckets", settings_field="media", attributes=frozenset({"name"})
)
