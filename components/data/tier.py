"""The data tier: every store of the settings, its backups, and what the other tiers need to know of it."""

from __future__ import annotations

import pulumi

from components.base import Component
from components.data import aurora, backups, caches, hours, log_bucket, media, proxies, queues, rotation, tables
from components.data.args import DataTierArgs
from components.handles import BucketHandle, Stores


class DataTier(Component):
    """The stores of one stack. None of them admits anybody until a service adds a rule to its security group."""

    tier = "data"
    kind = "DataTier"

    stores: Stores
    """What services may use, by the names of the settings."""
    media: BucketHandle
    """Images and static files, which CloudFront reads."""
    logs: BucketHandle
    """Target of access logs, under the prefixes of `components.data.log_bucket`."""

    def __init__(self, name: str, args: DataTierArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        data = args.data
        self.logs = log_bucket.build(self, args).handle()
        media_bucket = media.build(self, args, self.logs)
        self.media = media_bucket.handle()
        clusters = aurora.build(self, args)
        built_tables = [tables.build(self, args, table) for table in data.tables]
        self.stores = Stores(
            databases={cluster.database.name: proxies.build(self, args, cluster) for cluster in clusters},
            tables={handle.name: handle for _, handle in built_tables},
            queues={queue.name: queues.build(self, args, queue) for queue in data.queues},
            caches=caches.build(self, args),
            buckets={data.media.name: self.media},
        )
        backups.build(
            self,
            args,
            [
                *(cluster.cluster.arn for cluster in clusters),
                *(table.arn for table, _ in built_tables),
                media_bucket.bucket.arn,
            ],
        )
        hours.build(self, args, clusters)
        rotation.build(self, args, clusters)
        self.register_outputs(
            {
                "mediaBucket": self.media.bucket,
                "logBucket": self.logs.bucket,
                "databaseEndpoints": {name: handle.endpoint for name, handle in self.stores.databases.items()},
                "cacheEndpoints": {name: handle.endpoint for name, handle in self.stores.caches.items()},
                "queueUrls": {name: handle.url for name, handle in self.stores.queues.items()},
            }
        )
