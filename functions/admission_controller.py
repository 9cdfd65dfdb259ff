"""The waiting room's controller: every ten seconds of the minute for which EventBridge Scheduler calls it, one pass.

If it dies, what the gate knows holds until its lease ends, and then what `onFailure` says.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from functions import admission_rate as law
from functions.admission_keys import Keys
from functions.admission_pass import Memory, Override, run
from functions.admission_rooms import Room, active
from functions.admission_state import Store, gate_value, status
from functions.admission_table import Table

PASS: Final = 10.0
"""Seconds between passes; EventBridge Scheduler's finest grain is a minute."""
PASSES: Final = 6
LEASE: Final = 300.0
"""Seconds that what the controller wrote may be relied on: five calls that come to nothing."""
DATAPOINT: Final = 60
"""Seconds of a datapoint of CloudWatch."""


class Controller:
    def __init__(
        self, room: Room, schedule: law.Schedule, table: Table, keys: Keys, *,
        tell_gate: Callable[[str], None], tell_waiting: Callable[[str], None],
        hurting: Callable[[float], bool], override: Callable[[], Override],
    ) -> None:  # fmt: skip
        self._room = room
        self._schedule = schedule
        self._table = table
        self._keys = keys
        self._tell_gate = tell_gate
        self._tell_waiting = tell_waiting
        self._hurting = hurting
        self._override = override
        self._felt_at = 0.0

    def once(self, now: float) -> Memory | None:
        """One pass; None where another one was faster."""
        document, version = self._table.remembered()
        before, override = Memory.of(document, len(self._room.first) + 1), self._override()
        hurting = None
        if now - self._felt_at >= DATAPOINT:
            hurting, self._felt_at = self._hurting(now), now
        after = run(
            before, self._schedule, self._table, now, hurting=hurting, seed=self._seed, ladder=len(self._room.steps),
            override=override, lease=LEASE,
        )  # fmt: skip
        if not self._table.remember(after.document(), version):
            return None
        self._tell(after, now)
        _log(after, override, self._schedule.at(now))
        return after

    def _tell(self, after: Memory, now: float) -> None:
        room = self._room
        until = min(room.until, int(now)) if after.everybody else room.until
        steps = room.steps[: after.level]
        self._tell_gate(gate_value(room.name, room.start, until, after.lease, self._keys.of_hours(now), steps))
        seeds = [self._keys.seed(room.name, lane, 0) for lane in range(len(room.first) + 1)] if room.draws else []
        self._tell_waiting(status(after, room.name, self._schedule.opening, seeds, after.cohort == 0))

    def _seed(self, lane: int, cohort: int) -> bytes | None:
        return self._keys.seed(self._room.name, lane, cohort) if self._room.draws or cohort else None


def handler(event: Any, _context: Any) -> None:
    """Entry point of the function."""
    begin = time.time()
    for number in range(PASSES):
        time.sleep(max(0.0, begin + number * PASS - time.time()))
        room = active(now := time.time())
        if room is None:
            continue
        if room.name not in _CONTROLLERS:
            _CONTROLLERS[room.name] = _made(room)
        _CONTROLLERS[room.name].once(now)


def override_of(document: str) -> Override:
    """A person's order. Raises ValueError (one line) for one without a reason, or that means nothing."""
    told = json.loads(document or "{}")
    if not isinstance(told, dict) or set(told) - {"rate", "steps", "reason"}:
        raise ValueError(f"the override must have rate, steps and reason only (got {document}); correct the parameter")
    if told and not told.get("reason"):
        raise ValueError(f"the override must have a reason (got {document}); add reason")
    for name in ("rate", "steps"):
        if told.get(name) is not None and not (isinstance(told[name], int | float) and told[name] >= 0):
            raise ValueError(f"the override's {name} must be a number from 0 on (got {told[name]}); correct it")
    return Override(**told)


def queries(balancer: str, queues: Sequence[str]) -> list[dict[str, Any]]:
    """Signals of alarm grade, as CloudWatch's metric data queries: requests, errors, p99, age of the oldest message."""
    of_balancer = [{"Name": "LoadBalancer", "Value": balancer}]
    wanted = [
        ("requests", "AWS/ApplicationELB", "RequestCount", of_balancer, "Sum"),
        ("origin", "AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", of_balancer, "Sum"),
        ("balancer", "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", of_balancer, "Sum"),
        ("latency", "AWS/ApplicationELB", "TargetResponseTime", of_balancer, "p99"),
    ]
    for number, queue in enumerate(queues):
        dimensions = [{"Name": "QueueName", "Value": queue}]
        wanted.append((f"queue{number}", "AWS/SQS", "ApproximateAgeOfOldestMessage", dimensions, "Maximum"))
    return [
        {
            "Id": name,
            "MetricStat": {
                "Metric": {"Namespace": space, "MetricName": metric, "Dimensions": dimensions},
                "Period": DATAPOINT,
                "Stat": stat,
            },
        }
        for name, space, metric, dimensions, stat in wanted
    ]


def is_hurting(values: Mapping[str, float], limits: law.Limits) -> bool:
    """Whether the newest datapoints are worse than what is promised; what has no datapoint does not hurt."""
    failed = values.get("origin", 0.0) + values.get("balancer", 0.0)
    age = max((value for name, value in values.items() if name.startswith("queue")), default=0.0)
    share = failed / values["requests"] if values.get("requests") else 0.0
    return law.hurts(share, values.get("latency", 0.0), age, 0.0, limits)


def _log(after: Memory, override: Override, step: law.Step) -> None:
    told = {
        "rate": after.rate, "called": sum(after.called), "given": sum(after.given), "came": after.came,
        "inside": round(after.inside), "share": after.share, "level": after.level, "weakest": step.weakest,
        "override": override.reason,
    }  # fmt: skip
    print(json.dumps({"message": "admission", **told}))


_CONTROLLERS: dict[str, Controller] = {}


def _made(room: Room) -> Controller:
    import boto3  # part of the runtime

    told, schedule = os.environ, law.Schedule.of(room.schedule)
    cloudwatch, s3, ssm = boto3.client("cloudwatch"), boto3.client("s3"), boto3.client("ssm")
    wanted = queries(told["BALANCER"], [one for one in told["QUEUES"].split(",") if one])

    def hurting(now: float) -> bool:
        start, end = (datetime.fromtimestamp(now + shift, UTC) for shift in (-5 * DATAPOINT, 0))
        found = cloudwatch.get_metric_data(MetricDataQueries=wanted, StartTime=start, EndTime=end)
        newest = {one["Id"]: one["Values"][0] for one in found["MetricDataResults"] if one["Values"]}
        return is_hurting(newest, schedule.limits)

    def tell_waiting(text: str) -> None:
        s3.put_object(
            Bucket=told["BUCKET"], Key="_room/status.json", Body=text.encode(), ContentType="application/json",
            CacheControl="max-age=2",
        )  # fmt: skip

    store = Store(told["STORE"], boto3.Session().get_credentials().get_frozen_credentials)
    return Controller(
        room, schedule, Table(boto3.client("dynamodb"), told["TABLE"], room.name),
        Keys(boto3.client("kms"), told["KEY"]), tell_gate=lambda text: store.put("state", text),
        tell_waiting=tell_waiting, hurting=hurting,
        override=lambda: override_of(ssm.get_parameter(Name=told["OVERRIDE"])["Parameter"]["Value"]),
    )  # fmt: skip
