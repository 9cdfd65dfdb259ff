"""Settings of a stack's batch jobs: containers that run by the clock on Spot capacity, and end."""

from __future__ import annotations

from specs.clock import Cron, TimeZone
from specs.workloads import Workload


class Job(Workload):
    """One batch job: a task that runs on FARGATE_SPOT by a schedule and, where Spot takes it back, again on FARGATE.

    A run may be stopped at any time and started again: what it does a second time must do no harm. It gets SIGTERM two
    minutes before Spot takes its task, and keeps its progress in the stores that it uses.
    """

    schedule: Cron
    """When it runs, as the six fields of an AWS cron expression: `0 2 * * ? *` is every night at 02:00."""
    time_zone: TimeZone = "Asia/Kolkata"
    """IANA name."""
    spot: bool = True
    """Whether it runs on FARGATE_SPOT first; `false` keeps it on FARGATE, which is never taken back."""
