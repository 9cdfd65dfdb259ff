"""The stack as a graph: what refers to what, by value where it is known and by recorded dependency where it isn't."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from .resource import Resource
from .values import Unknown

T = TypeVar("T")

# The properties by which other resources name a resource. References that it makes itself (its VPC, its key) are not.
_IDENTITY = frozenset(
    (
        "aliasName",
        "alarmName",
        "arn",
        "bucket",
        "bucketDomainName",
        "bucketRegionalDomainName",
        "clusterIdentifier",
        "dnsName",
        "family",
        "fqdn",
        "groupId",
        "id",
        "identifier",
        "keyId",
        "name",
        "replicationGroupId",
        "url",
        "userGroupId",
    )
)


class Graph:
    """All resources of a stack after its last step.

    `inputs` maps a URN to the program's inputs. Rules judge inputs where known: outputs also hold what the
    provider fills in, which a preview can't know and which looks like an inline block once it is read back. Outputs
    still give the names by which a resource is known.
    """

    def __init__(self, resources: Iterable[Resource], inputs: Mapping[str, Resource] | None = None) -> None:
        inputs = inputs or {}
        # A resource that is being replaced is listed twice: the last entry is the one that stays.
        resources = {resource.urn or str(number): resource for number, resource in enumerate(resources)}.values()
        self.resources = tuple(
            resource.asking(inputs[resource.urn]) if resource.urn in inputs else resource for resource in resources
        )
        self._by_urn = {resource.urn: resource for resource in self.resources}
        self._by_token: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            self._by_token[resource.token].append(resource)
        self._sources: dict[tuple[str, str], dict[str, list[Resource]]] = {}
        self._named: dict[str, dict[str, list[Resource]]] = {}
        self._derived: dict[Callable[[Graph], Any], Any] = {}

    def derived(self, make: Callable[[Graph], T]) -> T:
        """The result of `make` for this graph, cached for all rules that need it."""
        if make not in self._derived:
            self._derived[make] = make(self)
        return self._derived[make]

    def of(self, *tokens: str) -> list[Resource]:
        return [resource for token in tokens for resource in self._by_token.get(token, ())]

    def find(self, urn: str) -> Resource | None:
        return self._by_urn.get(urn)

    def refers(self, source: Resource, path: str, target: Resource) -> bool:
        """Whether the property of `source` at `path` names `target`.

        A known value is compared; an unknown one is resolved by the dependency that the engine recorded.
        """
        values, unknown = values_at(source, path)
        if not values.isdisjoint(identities(target)):
            return True
        return unknown and target.urn in source.linked(path)

    def targets(self, source: Resource, path: str, *tokens: str) -> list[Resource]:
        """The resources of `tokens` that the property of `source` at `path` names."""
        values, unknown = values_at(source, path)
        found: dict[str, Resource] = {}
        for value in sorted(values):  # so that messages are the same in every run
            found.update((target.urn, target) for target in self.named(value, *tokens))
        for urn in source.linked(path) if unknown else ():
            target = self._by_urn.get(urn)
            if target is not None and target.token in tokens:
                found[urn] = target
        return list(found.values())

    def named(self, name: str, *tokens: str) -> list[Resource]:
        """The resources of `tokens` that bear this id, ARN or name."""
        return [resource for token in tokens for resource in self._names(token).get(name, ())]

    def companions(self, target: Resource, path: str, *tokens: str) -> list[Resource]:
        """The resources of `tokens` whose property at `path` names `target`: a bucket's policy, a VPC's flow logs."""
        found: dict[str, Resource] = {}
        for token in tokens:
            index = self._references(token, path)
            for key in (target.urn, *sorted(identities(target))):
                for source in index.get(key, ()):
                    if source.urn not in found and self.refers(source, path, target):
                        found[source.urn] = source
        return list(found.values())

    def _names(self, token: str) -> dict[str, list[Resource]]:
        named = self._named.get(token)
        if named is None:
            named = defaultdict(list)
            for resource in self.of(token):
                for name in identities(resource):
                    named[name].append(resource)
            self._named[token] = named
        return named

    def _references(self, token: str, path: str) -> dict[str, list[Resource]]:
        index = self._sources.get((token, path))
        if index is None:
            index = defaultdict(list)
            for source in self.of(token):
                for key in {*source.linked(path), *values_at(source, path)[0]}:
                    index[key].append(source)
            self._sources[(token, path)] = index
        return index


def identities(resource: Resource) -> set[str]:
    """Every known string by which another resource may name this one: its id, ARN, name and the like."""
    names: set[str] = set()
    for data in (resource.outputs, resource.data):
        names.update(value for value in map(data.get, _IDENTITY & data.keys()) if isinstance(value, str) and value)
    return names


def values_at(source: Resource, path: str) -> tuple[set[str], bool]:
    """The known strings at `path`, and whether any value there is unknown. All elements of a list are read."""
    values: set[str] = set()
    unknown = _collect(source.data, path.split("."), values)
    return values, unknown


def _collect(value: Any, steps: list[str], values: set[str]) -> bool:
    if isinstance(value, Unknown):
        return True
    if isinstance(value, list):
        found = [_collect(item, steps, values) for item in value]  # all of them, whatever the first says
        return any(found)
    if not steps:
        if isinstance(value, str):
            values.add(value)
        return False
    return _collect(value.get(steps[0]), steps[1:], values) if isinstance(value, dict) else False
