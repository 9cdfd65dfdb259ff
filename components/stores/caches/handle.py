"""A Valkey cache as services use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from components import iam
from components.stores.contract import Listener, Store, Use, Value

CONNECT: Final = "elasticache:Connect"


@dataclass(frozen=True, kw_only=True)
class CacheHandle(Store):
    """A cache, on nodes or serverless."""

    name: str
    endpoint: pulumi.Output[str]
    reader_endpoint: pulumi.Output[str]
    port: int
    reader_port: int
    """Port of `reader_endpoint`: another one than `port` where the cache is serverless."""
    security_group_id: pulumi.Output[str]
    serverless: bool
    physical_name: str
    """Replication group id, or name of the serverless cache: what its metrics are keyed by."""
    connect_arns: dict[str, list[str]]
    """By service: the resources of `elasticache:Connect`, its own user's ARN included."""
    node_ids: tuple[str, ...] = ()
    """Member cache clusters, whose metrics are by node; none when serverless."""
    max_storage_gb: int | None = None
    """Limit of a serverless cache, in GB; None on nodes."""
    max_ecpu: int | None = None
    """Limit of a serverless cache, in ElastiCache processing units a second; None on nodes."""

    def statements(self, use: Use) -> list[iam.Statement]:
        arns = self.connect_arns.get(use.workload)
        return [iam.statement(iam.sid("Cache", self.name), [CONNECT], arns)] if arns else []

    @property
    def listener(self) -> Listener:
        # A serverless cache answers reads from its replicas on the port after its own.
        return Listener(security_group_id=self.security_group_id, port=self.port, last_port=self.reader_port)

    def references(self) -> Mapping[str, Value]:
        return {"endpoint": self.endpoint, "port": str(self.port)}
