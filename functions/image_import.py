"""Imports public images into a pull-through cache of Amazon ECR, and waits until they are there.

Event: `{"images": [{"repository": str, "tag": str, "digest": str}, ...]}`, of tag and digest one empty. The answer is
the same list; an image that cannot be imported, or is not there in time, raises with its name.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, TypedDict

ARCHITECTURE = "arm64"  # what the tasks run on
POLL_SECONDS = 5
MARGIN_SECONDS = 10  # kept of the function's time, so that the error still says which image is missing
MANIFEST_TYPES = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]


class Image(TypedDict):
    repository: str
    tag: str
    digest: str


def handler(event: dict[str, list[Image]], context: Any) -> dict[str, list[Image]]:
    """Entry point of the function."""
    import boto3  # part of the runtime, needed nowhere else

    client = boto3.client("ecr")
    import_images(client, event["images"], lambda: context.get_remaining_time_in_millis() / 1000)
    return {"images": event["images"]}


def import_images(
    client: Any, images: list[Image], seconds_left: Callable[[], float], sleep: Callable[[float], None] = time.sleep
) -> None:
    """Ask ECR for every image, which starts its import, then wait for all of them."""
    missing = [(image["repository"], one) for image in images for one in _identifiers(client, image)]
    while missing:
        missing = [(repository, one) for repository, one in missing if not _is_stored(client, repository, one)]
        if not missing:
            return
        if seconds_left() < MARGIN_SECONDS + POLL_SECONDS:
            names = ", ".join(f"{repository} {next(iter(one.values()))}" for repository, one in missing)
            raise TimeoutError(f"not imported in time: {names}")
        sleep(POLL_SECONDS)


def _identifiers(client: Any, image: Image) -> Iterator[dict[str, str]]:
    """Manifests to store before a task can pull the image: its own and, of an image index, the one for the tasks."""
    identifier = {"imageDigest": image["digest"]} if image["digest"] else {"imageTag": image["tag"]}
    yield identifier
    for entry in _manifest(client, image["repository"], identifier).get("manifests", []):
        if entry.get("platform", {}).get("architecture") == ARCHITECTURE:
            chosen = {"imageDigest": entry["digest"]}
            _manifest(client, image["repository"], chosen)
            yield chosen


def _manifest(client: Any, repository: str, identifier: dict[str, str]) -> dict[str, Any]:
    answer = client.batch_get_image(repositoryName=repository, imageIds=[identifier], acceptedMediaTypes=MANIFEST_TYPES)
    if not answer["images"]:
        reason = answer["failures"][0].get("failureReason", "") if answer["failures"] else "no answer"
        raise LookupError(f"{repository} {next(iter(identifier.values()))}: {reason}")
    manifest: dict[str, Any] = json.loads(answer["images"][0]["imageManifest"])
    return manifest


def _is_stored(client: Any, repository: str, identifier: dict[str, str]) -> bool:
    try:
        found = client.describe_images(repositoryName=repository, imageIds=[identifier])["imageDetails"]
    except client.exceptions.ImageNotFoundException:
        return False
    return bool(found)
