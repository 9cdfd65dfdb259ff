"""Order events as resources: what the function may do, and where each event can end."""

from __future__ import annotations

import functools
import json

import pulumi
import pytest

from components.events import OrderEvents, OrderEventsArgs, bus
from components.stores.queues import QueueHandle
from components.stores.registry import Stores
from components.stores.tables import TableHandle
from devtools.paths import REPO_ROOT
from devtools.recording.recorded import Recorded
from devtools.recording.recorder import record
from functions import order_events
from specs import events as specs
from tests.components.shared import ACCOUNT, DATA_KEY, LOGS_KEY, REGION, keys, site, statements
from tests.some import some

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:saleday-dev-placed"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/saleday-dev-marks"
BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/saleday-dev-order-events"
SQS = "aws:sqs/queue:Queue"


@functools.cache
def built(*subscribers: str, reserves: bool = False) -> Recorded:
    def program() -> None:
        known = pulumi.Output.from_input
        queue = QueueHandle(
            name="placed",
            arn=QUEUE,
            queue_name="saleday-dev-placed",
            dead_letter_queue_name="saleday-dev-placed-dlq",
            url=known("https://sqs"),
        )
        table = TableHandle(name="marks", arn=TABLE, table_name=known("saleday-dev-marks"), has_indexes=False)
        make(
            specs.OrderEvents(
                queue="placed", table="marks", subscribers=tuple(specs.Subscriber(name=name) for name in subscribers)
            ),
            Stores(queues={"placed": queue}, tables={"marks": table}),
            reserves=reserves,
        )

    return record(program)


def make(events: specs.OrderEvents | None, stores: Stores, *, reserves: bool = False) -> None:
    OrderEvents(
        "order-events",
        OrderEventsArgs(
            site=site(),
            keys=keys(),
            events=events,
            stores=stores,
            alert_topic_arn=pulumi.Output.from_input(f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"),
            log_retention_days=90,
            reserves=reserves,
        ),
    )


def test_without_the_setting_nothing_is_built() -> None:
    assert len(record(lambda: make(None, Stores())).all) == 1, "the component alone"


def test_the_function_takes_batches_and_gives_back_single_messages() -> None:
    mapping = built().one("aws:lambda/eventSourceMapping:EventSourceMapping").inputs
    assert mapping["eventSourceArn"] == QUEUE
    assert mapping["functionResponseTypes"] == ["ReportBatchItemFailures"]
    function = built().one("aws:lambda/function:Function").inputs
    assert mapping["scalingConfig"] == {"maximumConcurrency": 20}
    assert "reservedConcurrentExecutions" not in function, "a new account lets nothing be reserved"
    reserving = built(reserves=True).one("aws:lambda/function:Function").inputs
    assert reserving["reservedConcurrentExecutions"] == 20, "no poller is without a place where AWS has granted some"


def test_the_function_is_small_traced_and_encrypted() -> None:
    function = built().one("aws:lambda/function:Function")
    inputs = function.inputs
    assert inputs["architectures"] == ["arm64"]
    assert inputs["tracingConfig"] == {"mode": "Active"}
    assert inputs["kmsKeyArn"] == DATA_KEY
    assert inputs["environment"]["variables"] == {
        "BUS": "saleday-dev-order-events",
        "TABLE": "saleday-dev-marks",
        "REMEMBER_DAYS": "30",
    }
    log = built().one("aws:cloudwatch/logGroup:LogGroup", "order-events-order-events-logs").inputs
    assert (log["kmsKeyId"], inputs["loggingConfig"]["logGroup"]) == (LOGS_KEY, log["name"])


def test_the_function_may_do_what_its_code_calls_and_no_more() -> None:
    policy = built().one("aws:iam/rolePolicy:RolePolicy").inputs["policy"]
    allowed = {sid: (one["Action"], one["Resource"]) for sid, one in statements(policy).items()}
    assert allowed["TakeAnnouncements"] == (
        ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        [QUEUE],
    )
    assert allowed["MarkOrders"] == (["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], [TABLE])
    assert allowed["Publish"] == (["events:PutEvents"], [BUS])
    wide = [sid for sid, one in allowed.items() if one[1] == ["*"]]
    assert wide == ["Trace"], "X-Ray takes no resource; everything else has a name"


def test_the_bus_and_its_archive_are_encrypted() -> None:
    made = built().one("aws:cloudwatch/eventBus:EventBus")
    assert made.inputs["kmsKeyIdentifier"] == DATA_KEY
    archive = built().one("aws:cloudwatch/eventArchive:EventArchive").inputs
    assert (archive["kmsKeyIdentifier"], archive["eventSourceArn"], archive["retentionDays"]) == (DATA_KEY, BUS, 90)


def test_rules_ask_for_what_the_function_writes() -> None:
    assert (bus.SOURCE, bus.DETAIL_TYPE) == (order_events.SOURCE, order_events.DETAIL_TYPE)
    for rule in built("mail").of("aws:cloudwatch/eventRule:EventRule"):
        assert json.loads(rule.inputs["eventPattern"]) == {"source": ["shop.orders"], "detail-type": ["OrderPlaced"]}


@pytest.mark.parametrize("what", ["log", "mail"])
def test_what_a_target_does_not_take_within_a_day_waits_in_a_queue_of_its_own(what: str) -> None:
    shop = built("mail")
    target = shop.one("aws:cloudwatch/eventTarget:EventTarget", f"order-events-{what}").inputs
    dead = shop.one(SQS, f"order-events-{what}-dlq")
    assert target["deadLetterConfig"] == {"arn": dead.outputs["arn"]}
    assert target["retryPolicy"] == {"maximumEventAgeInSeconds": 86_400, "maximumRetryAttempts": 185}
    policy = statements(shop.one("aws:sqs/queuePolicy:QueuePolicy", f"order-events-{what}-dlq").inputs["policy"])
    rule = shop.one("aws:cloudwatch/eventRule:EventRule", f"order-events-{what}")
    assert policy["EventBridgeSends"]["Condition"] == {"ArnEquals": {"aws:SourceArn": rule.outputs["arn"]}}


def test_a_subscriber_has_a_queue_that_only_its_rule_fills() -> None:
    shop = built("mail")
    queue = shop.one(SQS, "order-events-mail")
    target = shop.one("aws:cloudwatch/eventTarget:EventTarget", "order-events-mail").inputs
    assert target["arn"] == queue.outputs["arn"]
    assert "roleArn" not in target, "EventBridge fails to deliver to encrypted queues with a role"
    redrive = json.loads(queue.inputs["redrivePolicy"])
    assert redrive["deadLetterTargetArn"] == shop.one(SQS, "order-events-mail-dlq").outputs["arn"]


def test_all_queues_are_encrypted_and_refuse_clear_text() -> None:
    shop = built("mail")
    assert len(shop.of(SQS)) == 4
    for queue in shop.of(SQS):
        assert queue.inputs["kmsMasterKeyId"] == DATA_KEY
        policy = shop.one("aws:sqs/queuePolicy:QueuePolicy", queue.name).inputs["policy"]
        assert statements(policy)["DenyPlainHttp"]["Resource"] == [queue.outputs["arn"]]


def test_a_failing_function_and_every_queue_of_undelivered_events_ring() -> None:
    shop = built("mail")
    dead = {queue.inputs["name"] for queue in shop.of(SQS) if queue.inputs["name"].endswith("-dlq")}
    alarms = shop.of("aws:cloudwatch/metricAlarm:MetricAlarm")
    watched = {next(iter(alarm.inputs["dimensions"].values())) for alarm in alarms}
    assert watched == dead | {"saleday-dev-order-events"}
    assert all(alarm.inputs["alarmActions"] for alarm in alarms)


def test_every_alarm_leads_to_a_section_of_the_runbooks() -> None:
    sections = {
        line.lstrip("# ").lower().replace(" ", "-")
        for line in (REPO_ROOT / "docs" / "runbooks.md").read_text().splitlines()
        if line.startswith("#")
    }
    for alarm in some(built().of("aws:cloudwatch/metricAlarm:MetricAlarm")):
        assert alarm.inputs["alarmDescription"].rpartition("#")[2] in sections, alarm.name
