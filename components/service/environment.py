"""A service's variables: the references in its settings, replaced by what the stack has built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import pulumi

from components.handles import Stores
from components.site import Site
from specs import references
from specs.references import Reference

# Known text stays text, so that whatever holds only known values is known at preview.
Value = str | pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What references can point at."""

    site: Site
    stores: Stores
    ports: Mapping[str, int]
    """Port of each service, by its name."""

    def variable(self, text: str) -> Value:
        """The value of a plain variable."""
        parts = [part if isinstance(part, str) else self._value(part) for part in references.parse(text)]
        if all(isinstance(part, str) for part in parts):
            return "".join(cast(list[str], parts))
        return parts[0] if len(parts) == 1 else pulumi.Output.concat(*parts)

    def secret(self, text: str) -> Value:
        """What ECS fetches a secret variable from (`valueFrom`): an ARN, with a key of its JSON where it has one."""
        for reference in references.references(text, references.SECRET_ATTRIBUTES):
            # Secrets Manager's reference: ARN, JSON key, version stage, version id; RDS keeps both keys in one secret.
            secret = self.stores.databases[reference.name].secret_arn
            return pulumi.Output.concat(secret, f":{reference.attribute}::")
        return text

    def _value(self, reference: Reference) -> Value:
        stores, name = self.stores, reference.name
        match reference.kind, reference.attribute:
            case "database", "endpoint":
                return stores.databases[name].endpoint
            case "database", "readerEndpoint":
                return stores.databases[name].reader_endpoint
            case "database", "port":
                return str(stores.databases[name].port)
            case "database", "name":
                return stores.databases[name].database_name
            case "table", "name":
                return stores.tables[name].table_name
            case "queue", "url":
                return stores.queues[name].url
            case "queue", "name":
                return stores.queues[name].queue_name
            case "bucket", "name":
                return stores.buckets[name].bucket
            case "cache", "endpoint":
                return stores.caches[name].endpoint
            case "cache", "port":
                return str(stores.caches[name].port)
            case "service", "url":
                return f"http://{name}:{self.ports[name]}"
            case "service", "host":
                return name
            case "service", "port":
                return str(self.ports[name])
            case "site", "region":
                return self.site.region
            case "site", "stack":
                return self.site.stack
        raise LookupError(f"{reference} has no value")
