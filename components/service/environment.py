"""A service's variables: the references in its settings, replaced by what the stack has built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.site import Site
from components.stores.contract import Value
from components.stores.registry import Stores
from specs import references
from specs.references import Reference


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
            secret = self.stores.named(reference.kind, reference.name).secret_arn
            assert secret is not None, f"{reference} has no secret"
            return pulumi.Output.concat(secret, f":{reference.attribute}::")
        return text

    def _value(self, reference: Reference) -> Value:
        kind, name, attribute = reference.kind, reference.name, reference.attribute
        if kind == "site":
            return {"region": self.site.region, "stack": self.site.stack}[attribute]
        if kind == "service":
            port = self.ports[name]
            return {"url": f"http://{name}:{port}", "host": name, "port": str(port)}[attribute]
        return self.stores.named(kind, name).references()[attribute]
