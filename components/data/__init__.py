"""The stores of one stack: databases, tables, caches, queues, buckets and their backups."""

from components.data.args import DataTierArgs
from components.data.tier import DataTier

__all__ = ["DataTier", "DataTierArgs"]
