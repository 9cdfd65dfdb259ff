"""What a stack may say of its logs, traces, trails and alarms."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, model_validator

from specs.base import RetentionDays, Spec

Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class Observability(Spec):
    """How the shop is watched."""

    log_retention_days: RetentionDays = 90
    """Days that the services' and databases' logs are kept."""
    trail_retention_days: Annotated[int, Field(ge=90)] = 365
    """Days that CloudTrail's files are kept and locked (governance mode)."""
    trace_fixed_rate: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of requests that X-Ray keeps beyond the reservoir."""
    trace_reservoir: Annotated[int, Field(ge=0, le=1000)] = 5
    """Requests a second that X-Ray always keeps."""
    alert_emails: tuple[Email, ...] = ()
    """Addresses that are asked to confirm a subscription to the alert topic."""
    queue_age_seconds: Annotated[int, Field(gt=0)] = 300
    """Age of the oldest message at which a queue alarms."""
    replica_lag_ms: Annotated[int, Field(gt=0)] = 1000
    """Lag of an Aurora reader at which it alarms, in milliseconds."""


class OperatingHours(Spec):
    """When a stack is on; outside these hours services have no task and databases are stopped."""

    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "08:00"
    """Local time, on the days."""
    stop: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "20:00"
    """Local time, on the same days; later than `start`."""
    days: Annotated[str, Field(pattern=r"^(MON|TUE|WED|THU|FRI|SAT|SUN)(-(MON|TUE|WED|THU|FRI|SAT|SUN))?$")] = "MON-FRI"
    """One day or a range of days, as in AWS cron expressions."""
    time_zone: Annotated[str, Field(pattern=r"^[A-Za-z_]+(/[A-Za-z_+-]+\d*)*$")] = "Asia/Kolkata"
    """IANA name."""

    @model_validator(mode="after")
    def _starts_before_it_stops(self) -> OperatingHours:
        if self.start >= self.stop:
            raise ValueError(f"start must be before stop (got {self.start}-{self.stop}); the hours lie within one day")
        try:
            ZoneInfo(self.time_zone)
        except ZoneInfoNotFoundError:
            raise ValueError(
                f"timeZone must be an IANA name (got {self.time_zone}); write one such as Asia/Kolkata"
            ) from None
        return self
