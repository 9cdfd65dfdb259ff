"""Cache users: one for each service, signed in by IAM, without passwords.

A Valkey user group needs no `default` user: ElastiCache turns the engine's own off as soon as a group is attached
(ElastiCache user guide, "Role-Based Access Control"). A replacement that is off as well would need a password in the
state: a Valkey user has one or signs in by IAM, and with IAM its id would be `default` too, which is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi_aws as aws

from components.base import Component
from components.stores.args import DataTierArgs

# All keys and channels, what an application does with data, and what client libraries ask when they connect. Nothing of
# the `@dangerous` category, which holds `@admin`: no KEYS, FLUSHALL, CONFIG or MONITOR.
ACCESS: Final = (
    "on ~* &* -@all +@read +@write +@connection +@transaction +@scripting +@pubsub -@dangerous"
    " +cluster|slots +cluster|shards +cluster|nodes +info"
)
NO_ACCESS: Final = "off -@all"
NOBODY: Final = "nobody"


class CacheUsers:
    """The users of all caches: a service has one, in the group of every cache that it uses."""

    def __init__(self, tier: Component, args: DataTierArgs) -> None:
        self._tier = tier
        self._args = args
        services = {service for cache in args.data.caches for service in self._services(cache.name)}
        self._users = {service: self._user(service, ACCESS) for service in sorted(services)}
        if any(not self._services(cache.name) for cache in args.data.caches):
            # A cache that no service uses yet still gets a group with someone in it, someone who is off.
            self._users[NOBODY] = self._user(NOBODY, NO_ACCESS)

    def group_of(self, cache: str) -> aws.elasticache.UserGroup:
        """The group of those who may use this cache."""
        physical = self._args.site.named(cache)
        members: Sequence[str] = self._services(cache) or (NOBODY,)
        return aws.elasticache.UserGroup(
            self._tier.child("cache", cache),
            user_group_id=physical,
            engine="valkey",
            user_ids=[self._users[member].user_id for member in members],
            tags=self._tier.tags(name=physical),
            opts=self._tier.opts(),
        )

    def connect_arns(self, cache: str, cache_arn: str) -> dict[str, list[str]]:
        """By service: what `elasticache:Connect` has to name, the cache and the service's own user."""
        site = self._args.site
        return {
            service: [cache_arn, site.arn("elasticache", f"user:{site.named(service)}")]
            for service in self._services(cache)
        }

    def _services(self, cache: str) -> tuple[str, ...]:
        return tuple(self._args.users.get("cache", {}).get(cache, {}))

    def _user(self, name: str, access: str) -> aws.elasticache.User:
        physical = self._args.site.named(name)
        return aws.elasticache.User(
            self._tier.child("cache", "user", name),
            user_id=physical,
            user_name=physical,  # ElastiCache wants both alike where IAM signs in
            engine="valkey",
            access_string=access,
            authentication_mode=aws.elasticache.UserAuthenticationModeArgs(type="iam"),
            tags=self._tier.tags(name=physical),
            opts=self._tier.opts(),
        )
