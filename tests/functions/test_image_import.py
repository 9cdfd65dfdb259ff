"""The function that fills the image cache, against a registry that imports as ECR does: in the background."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.image_import import Image, import_images

ARM = "sha256:arm"
AMD = "sha256:amd"
INDEX = json.dumps(
    {
        "manifests": [
            {"digest": AMD, "platform": {"architecture": "amd64"}},
            {"digest": ARM, "platform": {"architecture": "arm64"}},
            {"digest": "sha256:attestation", "platform": {"architecture": "unknown"}},
        ]
    }
)
UI: Image = {"repository": "cache/ui", "tag": "1.0", "digest": ""}


class NotStored(Exception):
    pass


class Registry:
    """Two calls of ECR's client. An image that is asked for is stored after `delay` looks at it."""

    exceptions = SimpleNamespace(ImageNotFoundException=NotStored)

    def __init__(self, manifests: dict[str, str], delay: int = 2) -> None:
        self._manifests = manifests
        self._delay = delay
        self._looks: dict[str, int] = {}
        self.asked: list[str] = []

    def batch_get_image(self, **call: Any) -> dict[str, Any]:
        [name] = call["imageIds"][0].values()
        assert "application/vnd.oci.image.index.v1+json" in call["acceptedMediaTypes"], (
            "ECR would convert a list to one image"
        )
        if name not in self._manifests:
            return {"images": [], "failures": [{"failureReason": f"{call['repositoryName']} has no {name} upstream"}]}
        self.asked.append(name)
        return {"images": [{"imageManifest": self._manifests[name]}], "failures": []}

    def describe_images(self, **call: Any) -> dict[str, Any]:
        [name] = call["imageIds"][0].values()
        self._looks[name] = self._looks.get(name, 0) + 1
        if name not in self.asked or self._looks[name] <= self._delay:
            raise NotStored
        return {"imageDetails": [{"repositoryName": call["repositoryName"]}]}


def run(registry: Registry, images: list[Image], seconds: int = 600) -> list[float]:
    """Imports with a clock that only sleeping moves; returns the sleeps."""
    slept: list[float] = []
    import_images(registry, images, lambda: seconds - sum(slept), slept.append)
    return slept


def test_list_and_the_tasks_own_architecture_are_imported() -> None:
    registry = Registry({"1.0": INDEX, ARM: "{}", AMD: "{}"})
    run(registry, [UI])
    assert registry.asked == ["1.0", ARM], "no task runs on another architecture"


def test_it_waits_until_the_image_is_stored() -> None:
    assert len(run(Registry({"1.0": "{}"}, delay=3), [UI])) == 3
    assert run(Registry({"1.0": "{}"}, delay=0), [UI]) == [], "what is there is not waited for"


def test_an_image_by_digest_is_asked_for_by_digest() -> None:
    registry = Registry({ARM: "{}"})
    run(registry, [{"repository": "cache/ui", "tag": "", "digest": ARM}])
    assert registry.asked == [ARM]


def test_an_image_that_does_not_exist_is_named() -> None:
    with pytest.raises(LookupError, match=r"cache/ui 1.0: cache/ui has no 1.0 upstream"):
        run(Registry({}), [UI])


def test_an_image_that_never_arrives_is_named_before_the_function_is_cut_off() -> None:
    with pytest.raises(TimeoutError, match=r"not imported in time: cache/ui 1.0"):
        run(Registry({"1.0": "{}"}, delay=10_000), [UI], seconds=60)


def test_nothing_to_import_is_done_at_once() -> None:
    assert run(Registry({}), []) == []
