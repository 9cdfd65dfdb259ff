"""A service's variables: the references in its settings, replaced by what the stack has built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from components.handles import Stores
from components.site import Site
from specs import references
from specs.references import Reference

# Known text stays text, so that whatever holds only known values is known at preview.
Value = str | pulumi.Output[str]

_OF_STORES: Final[dict[tuple[str, str], Callable[[Stores, str], Value]]] = {
    ("database", "endpoint"): lambda stores, name: stores.databases[name].endpoint,
    ("database", "readerEndpoint"): lambda stores, name: stores.databases[name].reader_endpoint,
    ("database", "port"): lambda stores, name: str(stores.databases[name].port),
    ("database", "name"): lambda stores, name: stores.databases[name].database_name,
    ("table", "name"): lambda stores, name: stores.tables[name].table_name,
    ("queue", "url"): lambda stores, name: stores.queues[name].url,
    ("queue", "name"): lambda stores, name: stores.queues[name].queue_name,
    ("bucket", "name"): lambda stores, name: stores.buckets[name].bucket,
    ("cache", "endpoint"): lambda stores, name: stores.caches[name].endpoint,
    ("cache", "port"): lambda stores, name: str(stores.caches[name].port),
}


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
        known = [part for part in parts if isinstance(part, str)]
        if len(known) == len(parts):
            return "".join(known)
        return parts[0] if len(parts) == 1 else pulumi.Output.concat(*parts)

    def secret(self, text: str) -> Value:
        """What ECS fetches a secret variable from (`valueFrom`): an ARN, with a key of its JSON where it has one."""
        for reference in references.references(text, references.SECRET_ATTRIBUTES):
            # Secrets Manager's reference: ARN, JSON key, version stage, version id; RDS keeps both keys in one secret.
            secret = self.stores.databases[reference.name].secret_arn
            return pulumi.Output.concat(secret, f":{reference.attribute}::")
        return text

    def _value(self, reference: Reference) -> Value:
        kind, name, attribute = reference.kind, reference.name, reference.attribute
        if kind == "site":
            return {"region": self.site.region, "stack": self.site.stack}[attribute]
        if kind == "service":
            port = self.ports[name]
            return {"url": f"http://{name}:{port}", "host": name, "port": str(port)}[attribute]
        return _OF_STORES[kind, attribute](self.stores, name)
