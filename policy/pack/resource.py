"""One resource as the rules see it, whatever language, provider version or engine call it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from .values import Block, UndecidedError, Unknown, document

_OLD_MODULES = {
    "alb": "lb",
    "applicationloadbalancing": "lb",
    "elasticloadbalancingv2": "lb",
}
_S3_V2 = re.compile(r"^aws:s3/(\w+?)(?:V2|v2):(\w+?)(?:V2|v2)$")


@lru_cache(maxsize=4096)
def canonical(token: str) -> str:
    """Today's token of a resource type: `aws:alb/…` is `aws:lb/…`, `aws:s3/bucketV2:BucketV2` is the bucket."""
    parts = token.split(":")
    if len(parts) != 3 or parts[0] != "aws":
        return token
    module, _, rest = parts[1].partition("/")
    token = f"aws:{_OLD_MODULES.get(module, module)}/{rest}:{parts[2]}" if rest else token
    match = _S3_V2.match(token)
    return f"aws:s3/{match[1]}:{match[2]}" if match else token


STACK_TOKEN = "pulumi:pulumi:Stack"
"""Type of the resource that is the stack itself."""


def stack_of(urn: str) -> str:
    """The stack's name, the second part of `urn:pulumi:<stack>::<project>::<types>::<name>`."""
    return urn.removeprefix("urn:pulumi:").split("::", 1)[0] if urn.startswith("urn:pulumi:") else ""


class Resource(Block):
    """A resource's properties and its edges.

    `links` maps a top-level property to the URNs that its value was computed from; it is empty before an operation,
    when only the inputs are known. `outputs` are the properties as they came out.
    """

    __slots__ = ("default_tags", "links", "name", "outputs", "token", "urn")

    def __init__(
        self,
        token: str,
        name: str,
        props: Any,
        *,
        urn: str = "",
        provider: Any = None,
        links: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(props)
        self.outputs = self.data
        self.token = canonical(token)
        self.name = name
        self.urn = urn
        self.links: Mapping[str, tuple[str, ...]] = links or {}
        self.default_tags = _default_tags(Block(provider))

    def asking(self, inputs: Block) -> Resource:
        """This resource with the program's inputs as its properties; `outputs` stays."""
        asked = object.__new__(Resource)  # every resource of a stack: several times as quick as `copy`
        asked.data, asked.outputs, asked.token, asked.name = inputs.data, self.outputs, self.token, self.name
        asked.urn, asked.links, asked.default_tags = self.urn, self.links, self.default_tags
        return asked

    @property
    def stack(self) -> str:
        return stack_of(self.urn)

    def linked(self, path: str) -> tuple[str, ...]:
        """URNs that the property at `path` was computed from, as far as the engine records: by top-level property."""
        return self.links.get(path.split(".", 1)[0], ())

    def tags(self) -> dict[str, Any]:
        """The tags that the provider will set, its default tags included; a value may be `Unknown`."""
        tags = dict(self.default_tags)
        value = self.get("tags")
        if isinstance(value, dict):
            tags.update(value)
        elif isinstance(value, list):  # Auto Scaling groups write them as {key, value, propagateAtLaunch}
            for tag in value:
                block = Block(tag)
                if key := block.text("key"):
                    tags[key] = block.raw("value")
        return tags


def _default_tags(provider: Block) -> dict[str, Any]:
    value = provider.data.get("defaultTags")
    if isinstance(value, str):  # providers' own settings travel as JSON text
        value = document(value)
    try:
        tags = Block({"it": value}).raw("it.tags")
    except UndecidedError:
        return {}
    return {} if isinstance(tags, Unknown) or not isinstance(tags, dict) else dict(tags)
