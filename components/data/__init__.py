"""The stores of one stack: databases, tables, caches, queues, buckets and their backups."""

from components.data.tier import DataTier
from components.stores.args import DataTierArgs

__all__ = ["DataTier", "DataTierArgs"]
