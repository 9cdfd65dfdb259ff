"""Order events: a function takes announced orders off their queue and puts each on the bus once; rules pass them on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.events import alarms, bus
from components.functions import Code, python_function
from components.handles import KeyRing
from components.key_use import through
from components.site import Site
from components.stores.queues import QUEUES, QueueHandle
from components.stores.registry import Stores
from components.stores.tables import TABLES, TableHandle
from specs import events as specs

MEMORY: Final = 256  # MiB; the function waits for answers most of its time


@dataclass(frozen=True, kw_only=True)
class OrderEventsArgs:
    site: Site
    keys: KeyRing
    events: specs.OrderEvents | None
    """None: nothing is built, and the announcing service processes its orders itself."""
    stores: Stores
    """Stores of the queue of announced orders and the table of published ones."""
    alert_topic_arn: pulumi.Output[str]
    log_retention_days: int
    reserves: bool = False
    """Whether the account is known to have places to reserve: a new one has not."""


class OrderEvents(Component):
    """Order events, from the announcing service to the subscribers."""

    tier = "events"
    kind = "OrderEvents"

    bus_name: pulumi.Output[str] | None

    def __init__(self, name: str, args: OrderEventsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args.site, opts)
        self.bus_name = self._build(args, args.events) if args.events is not None else None
        self.register_outputs({"busNames": [self.bus_name] if self.bus_name is not None else []})

    def _build(self, args: OrderEventsArgs, events: specs.OrderEvents) -> pulumi.Output[str]:
        queue, table = args.stores.of(QUEUES)[events.queue], args.stores.of(TABLES)[events.table]
        made = bus.build(self, args.keys, events, args.log_retention_days)
        function = self._function(args, events, queue, table, made.bus)
        aws.lambda_.EventSourceMapping(
            self.child("from-queue"),
            event_source_arn=queue.arn,
            function_name=function.arn,
            batch_size=events.batch_size,
            # Only a failed message is redelivered; the rest of its batch is done.
            function_response_types=["ReportBatchItemFailures"],
            # No more pollers than the function may take places: a throttled batch uses up attempts of its messages.
            scaling_config=aws.lambda_.EventSourceMappingScalingConfigArgs(maximum_concurrency=events.concurrency),
            metrics_config=aws.lambda_.EventSourceMappingMetricsConfigArgs(metrics=["EventCount"]),
            tags=self.tags("internal", self.site.named("order-events")),
            opts=self.opts(parent=function),
        )
        alarms.build(
            self, function_name=self.site.named("order-events"), dead=made.dead, topic_arn=args.alert_topic_arn
        )
        return made.bus.name

    def _function(
        self,
        args: OrderEventsArgs,
        events: specs.OrderEvents,
        queue: QueueHandle,
        table: TableHandle,
        target: aws.cloudwatch.EventBus,
    ) -> aws.lambda_.Function:
        site, data_key = args.site, args.keys.data
        code = Code(
            module="order_events",
            description="Puts each announced order on the event bus once",
            timeout=events.timeout,
            memory=MEMORY,
            concurrency=events.concurrency if args.reserves else None,
            environment={"BUS": target.name, "TABLE": table.table_name, "REMEMBER_DAYS": str(events.remember_days)},
            statements=[
                iam.statement(
                    "TakeAnnouncements",
                    ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                    [queue.arn],
                ),
                iam.statement(
                    "MarkOrders", ["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [table.arn]
                ),
                iam.statement("Publish", ["events:PutEvents"], [site.arn("events", f"event-bus/{bus.name(site)}")]),
                through(site, data_key, "sqs", ["kms:Decrypt"]),
                through(site, data_key, "dynamodb", ["kms:Decrypt"]),
            ],
        )
        return python_function(self, "order-events", code, keys=args.keys, log_retention_days=args.log_retention_days)
