"""Buckets that services use: the one with images and static files."""

from __future__ import annotations

from typing import Final

from components.stores.buckets import media
from components.stores.buckets.handle import MediaHandle, bounds
from components.stores.contract import Kind
from specs.stores import buckets

BUCKETS: Final = Kind[MediaHandle](spec=buckets.BUCKETS, build=media.build, bounds=bounds, key_service="s3")
