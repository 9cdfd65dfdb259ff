"""The account as one stack's owner sees it: clients, and what belongs to the stack by its tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from account.preflight.account import config


@dataclass(frozen=True, kw_only=True)
class Cloud:
    session: boto3.Session
    project: str
    stack: str
    region: str

    def client(self, service: str, region: str = "") -> Any:
        return self.session.client(service, region or self.region, config=config())

    def listed(self, service: str, operation: str, found: str, region: str = "", **asked: Any) -> Iterator[Any]:
        """Items that an operation lists under `found`, from all its pages."""
        for page in self.client(service, region).get_paginator(operation).paginate(**asked):
            yield from page[found]

    @property
    def filters(self) -> list[dict[str, Any]]:
        """EC2 filters for the stack's own resources."""
        return [{"Name": f"tag:{key}", "Values": [value]} for key, value in self._tags.items()]

    def owns(self, tags: Iterable[Mapping[str, str]]) -> bool:
        """Whether these are tags of a resource that the stack itself has created."""
        return self._tags.items() <= {tag["Key"]: tag["Value"] for tag in tags}.items()

    @property
    def _tags(self) -> dict[str, str]:
        return {"Project": self.project, "Stack": self.stack}
