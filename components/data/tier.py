"""The data tier: every store of the settings, its backups, and what the other tiers need to know of it."""

from __future__ import annotations

import pulumi

from components.base import Component
from components.data import backups
from components.handles import BucketHandle
from components.stores.args import DataTierArgs
from components.stores.buckets import BUCKETS, log_bucket
from components.stores.registry import KINDS, Stores


class DataTier(Component):
    """The stores of one stack. None of them admits anybody until a service adds a rule to its security group."""

    tier = "data"
    kind = "DataTier"

    stores: Stores
    """Stores that services may use, by the names of the settings."""
    media: BucketHandle
    """Images and static files, which CloudFront reads."""
    logs: BucketHandle
    """Target of access logs, under the prefixes of `components.stores.buckets.log_bucket`."""

    def __init__(self, name: str, args: DataTierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self.logs = log_bucket.build(self, args).handle()
        built = {kind.spec.field: kind.build(self, args, self.logs) for kind in KINDS}
        self.stores = Stores(**{field: one.handles for field, one in built.items()})
        self.media = self.stores.of(BUCKETS)[args.data.media.name]
        backups.build(self, args, [*(arn for one in built.values() for arn in one.backed_up), *args.backed_up])
        endpoints = {
            output: {name: address(store) for name, store in self.stores.of(kind).items()}
            for kind in KINDS
            if kind.endpoints is not None and self.stores.of(kind)
            for output, address in [kind.endpoints]
        }
        self.register_outputs({"mediaBucket": self.media.bucket, "logBucket": self.logs.bucket, **endpoints})
