"""No two things of a stack get one physical name, however names of settings and fixed words come together."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pytest

from components.taken import refuse_twice
from devtools.recording.recorder import record

SETTINGS = {"data.queues[orders]": "orders", "data.queues[orders-dlq]": "orders-dlq", "services[ui]": "ui"}


def queues(*names: tuple[str, str]) -> None:
    def program() -> None:
        refuse_twice(SETTINGS)
        for logical, physical in names:
            aws.sqs.Queue(logical, name=physical)

    record(program)


@pytest.mark.parametrize(
    "second",
    [("q-orders-dlq-dead", "saleday-dev-orders-dlq"), ("q-orders-dlq", "saleday-dev-other")],
    ids=["one physical name", "one logical name"],
)
def test_a_second_thing_of_one_name_ends_the_program_with_one_line(second: tuple[str, str]) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        queues(("q-orders-dlq", "saleday-dev-orders-dlq"), second)
    line = str(caught.value)
    assert line.startswith("saleday:data.queues[orders-dlq], data.queues[orders]: names are joined with fixed words")
    assert line.endswith(" twice); rename one")
    assert "\n" not in line


def test_names_are_taken_within_one_kind_and_one_region() -> None:
    def program() -> None:
        refuse_twice(SETTINGS)
        edge = aws.Provider("edge", region="us-east-1")
        aws.sqs.Queue("queue", name="saleday-dev-orders")
        aws.sqs.Queue("there", name="saleday-dev-orders", opts=pulumi.ResourceOptions(provider=edge))
        aws.sns.Topic("topic", name="saleday-dev-orders")

    assert len(record(program).of("aws:sqs/queue:Queue")) == 2


def test_an_alarm_and_a_composite_alarm_share_their_names() -> None:
    def program() -> None:
        refuse_twice(SETTINGS)
        aws.cloudwatch.MetricAlarm(
            "one",
            name="saleday-dev-ui",
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            metric_name="m",
            namespace="n",
            period=60,
            statistic="Sum",
            threshold=1,
        )
        aws.cloudwatch.CompositeAlarm("two", alarm_name="saleday-dev-ui", alarm_rule="FALSE")

    with pytest.raises(pulumi.RunError, match=r"services\[ui\].*got alarm saleday-dev-ui twice"):
        record(program)
