"""Buckets that services use: the one with images and static files."""

from __future__ import annotations

from typing import Final

from components.data.buckets import media
from components.data.buckets.handle import MediaHandle, bounds
from components.data.contract import Kind
from specs.stores import buckets

BUCKETS: Final = Kind[MediaHandle](spec=buckets.BUCKETS, build=media.build, bounds=bounds, key_service="s3")
