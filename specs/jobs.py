"""What a stack may say of its batch jobs: containers that run by the clock on Spot capacity, and end."""

from __future__ import annotations

import re
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from specs.workloads import Workload

# Fields of an EventBridge Scheduler cron: minutes, hours, day of month, month, day of week, year.
_FIELDS: Final = re.compile(r"^[0-9A-Z*?,/#L-]+( [0-9A-Z*?,/#L-]+){5}$")


class Job(Workload):
    """One batch job: a task that runs on FARGATE_SPOT by a schedule and, where Spot takes it back, again on FARGATE.

    A run may be stopped at any time and started again: what it does a second time must do no harm. It gets SIGTERM two
    minutes before Spot takes its task, and keeps its progress in the stores that it uses.
    """

    schedule: Annotated[str, Field(max_length=100)]
    """When it runs, as the six fields of an AWS cron expression: `0 2 * * ? *` is every night at 02:00."""
    time_zone: Annotated[str, Field(pattern=r"^[A-Za-z_]+(/[A-Za-z_+-]+\d*)*$")] = "Asia/Kolkata"
    """IANA name."""
    spot: bool = True
    """Whether it runs on FARGATE_SPOT first; `false` keeps it on FARGATE, which is never taken back."""

    @field_validator("schedule")
    @classmethod
    def _is_cron(cls, schedule: str) -> str:
        fields = schedule.split(" ")
        if not _FIELDS.match(schedule):
            raise ValueError(
                f"schedule has six fields: minutes, hours, day of month, month, day of week, year (got {schedule}); "
                "write for example 0 2 * * ? *"
            )
        if (fields[2] == "?") == (fields[4] == "?"):
            raise ValueError(
                f"schedule names the day of the month or of the week, and `?` for the other (got {schedule}); "
                "write for example 0 2 * * ? *"
            )
        return schedule

    @field_validator("time_zone")
    @classmethod
    def _is_a_zone(cls, time_zone: str) -> str:
        try:
            ZoneInfo(time_zone)
        except ZoneInfoNotFoundError:
            raise ValueError(f"must be an IANA name (got {time_zone}); write one such as Asia/Kolkata") from None
        return time_zone
