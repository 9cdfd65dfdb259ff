"""DynamoDB tables: on demand, encrypted with the data key, recoverable to any second of the last days."""

from __future__ import annotations

from typing import Final

import pulumi_aws as aws

from components.base import Component
from components.handles import BucketHandle
from components.stores.args import DataTierArgs
from components.stores.contract import Built
from components.stores.tables.handle import TableHandle
from specs.stores.tables import Index, Table

# Names the keys that are throttled, and charges for those events only: a hot product shows up by name.
INSIGHTS_MODE: Final = "THROTTLED_KEYS"


def build(tier: Component, args: DataTierArgs, _: BucketHandle) -> Built[TableHandle]:
    built = {table.name: _table(tier, args, table) for table in args.data.tables}
    return Built(
        handles={name: handle for name, (_, handle) in built.items()},
        backed_up=[resource.arn for resource, _ in built.values()],
    )


def _table(tier: Component, args: DataTierArgs, table: Table) -> tuple[aws.dynamodb.Table, TableHandle]:
    site, physical = args.site, args.site.named(table.name)
    resource = aws.dynamodb.Table(
        tier.child("table", table.name),
        name=physical,
        billing_mode="PAY_PER_REQUEST",
        hash_key=table.hash_key.name,
        range_key=table.range_key.name if table.range_key else None,
        attributes=[
            aws.dynamodb.TableAttributeArgs(name=name, type=kind) for name, kind in sorted(table.attributes.items())
        ],
        global_secondary_indexes=[_index(index) for index in table.indexes],
        ttl=(
            aws.dynamodb.TableTtlArgs(attribute_name=table.ttl_attribute, enabled=True) if table.ttl_attribute else None
        ),
        stream_enabled=table.stream is not None,
        stream_view_type=table.stream,
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(
            enabled=True, recovery_period_in_days=table.recovery_days
        ),
        server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args.keys.data.arn),
        deletion_protection_enabled=site.production,
        on_demand_throughput=_bounds(table),
        tags=tier.tags("restricted", physical),
        opts=tier.opts(),
    )
    if site.production:
        _insights(tier, table, resource)
    return resource, TableHandle(
        name=table.name,
        arn=site.arn("dynamodb", f"table/{physical}"),
        table_name=resource.name,
        has_indexes=bool(table.indexes),
        index_names=tuple(index.name for index in table.indexes),
    )


def _bounds(table: Table) -> aws.dynamodb.TableOnDemandThroughputArgs | None:
    if table.max_reads is None and table.max_writes is None:
        return None
    return aws.dynamodb.TableOnDemandThroughputArgs(
        max_read_request_units=table.max_reads, max_write_request_units=table.max_writes
    )


def _index(index: Index) -> aws.dynamodb.TableGlobalSecondaryIndexArgs:
    keys = [(index.hash_key, "HASH")] + ([(index.range_key, "RANGE")] if index.range_key else [])
    return aws.dynamodb.TableGlobalSecondaryIndexArgs(
        name=index.name,
        key_schemas=[
            aws.dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(attribute_name=key.name, key_type=key_type)
            for key, key_type in keys
        ],
        projection_type="ALL",
    )


def _insights(tier: Component, table: Table, resource: aws.dynamodb.Table) -> None:
    """Contributor Insights for the table and each index: which keys are hot."""
    for index in (None, *table.indexes):
        parts = (index.name,) if index else ()
        aws.dynamodb.ContributorInsights(
            tier.child("table", table.name, *parts),
            table_name=resource.name,
            index_name=index.name if index else None,
            mode=INSIGHTS_MODE,
            opts=tier.opts(parent=resource),
        )
