"""Backup and maintenance windows of stores: derived from the quiet hour of the settings, without overlap.

AWS Backup starts no Aurora job within an hour before or during the cluster's own backup or maintenance window (AWS
Backup developer guide, "Troubleshooting"), and ElastiCache and RDS refuse windows that overlap.

    quiet hour + 0  AWS Backup may start | + 2  automatic backups and snapshots | + 4  maintenance, on Tuesdays
"""

from __future__ import annotations

from typing import Final

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS: Final = 24
MAINTENANCE_DAY: Final = "tue"  # the team is at work the day after, and shops sell least early in the week
BACKUP_AFTER: Final = 2  # hours: AWS Backup's start window (one hour) and the hour that it keeps clear
MAINTENANCE_AFTER: Final = 4  # hours: an hour after the backup window has ended


def backup_start(quiet_hour: int) -> str:
    """Start of the daily backup, `HH:MM` UTC."""
    return _clock(snapshot_hour(quiet_hour))


def snapshot_hour(quiet_hour: int) -> int:
    """The hour of daily snapshots, UTC."""
    return (quiet_hour + BACKUP_AFTER) % _HOURS


def backup_window(quiet_hour: int) -> str:
    """The hour of daily backups, `HH:MM-HH:MM` UTC; ElastiCache wants at least 60 minutes."""
    return f"{backup_start(quiet_hour)}-{_clock(quiet_hour + BACKUP_AFTER + 1)}"


def maintenance_window(quiet_hour: int) -> str:
    """The weekly hour of maintenance, `ddd:HH:MM-ddd:HH:MM` UTC."""
    start = _DAYS.index(MAINTENANCE_DAY) * _HOURS + quiet_hour + MAINTENANCE_AFTER
    return f"{_moment(start)}-{_moment(start + 1)}"


def _clock(hour: int) -> str:
    return f"{hour % _HOURS:02d}:00"


def _moment(hour_of_week: int) -> str:
    return f"{_DAYS[hour_of_week // _HOURS % len(_DAYS)]}:{_clock(hour_of_week)}"
