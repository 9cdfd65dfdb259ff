"""Queries that are worth having at hand in an incident, saved in CloudWatch Logs Insights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_LOG_GROUPS: Final = 50  # log groups that one query may read (CloudWatch Logs quotas)


@dataclass(frozen=True, kw_only=True)
class Query:
    name: str
    """Name in the console, under a folder named after the stack."""
    text: str
    log_groups: tuple[str, ...]


_TROUBLE: Final = r"filter @message like /(?i)\b(error|exception|fatal|panic|timeout|timed out|refused)\b/"

_OF_SERVICES: Final = {
    "services/errors a minute": f"{_TROUBLE}\n| stats count(*) as errors by @log, bin(1m)\n| sort errors desc",
    "services/latest errors": f"fields @timestamp, @log, @message\n| {_TROUBLE}\n| sort @timestamp desc\n| limit 100",
    "services/one trace": (
        "fields @timestamp, @log, @message\n"
        "| filter @message like /put the trace id here/\n"
        "| sort @timestamp asc\n| limit 1000"
    ),
    "services/task starts": (
        "fields @timestamp, @log, @logStream\n"
        "| stats min(@timestamp) as first_line, max(@timestamp) as last_line, count(*) as lines by @log, @logStream\n"
        "| sort first_line desc\n| limit 100"
    ),
    "services/bytes by service": "stats sum(strlen(@message)) as bytes, count(*) as lines by @log\n| sort bytes desc",
}
_OF_DATABASES: Final = {
    "databases/slow and failed statements": (
        "fields @timestamp, @log, @message\n"
        "| filter @message like /(?i)(Query_time|duration:|deadlock|ERROR|FATAL)/\n"
        "| sort @timestamp desc\n| limit 100"
    ),
}
_OF_TRAIL: Final = {
    "audit/denied calls": (
        "filter errorCode like /(?i)(AccessDenied|UnauthorizedOperation)/\n"
        "| stats count(*) as calls by userIdentity.arn, eventSource, eventName, errorCode\n| sort calls desc"
    ),
    "audit/changes by whom": (
        "fields @timestamp, userIdentity.arn, eventSource, eventName, sourceIPAddress\n"
        "| filter readOnly = 0 and ispresent(userIdentity.arn)\n"
        "| sort @timestamp desc\n| limit 200"
    ),
    "audit/root and sign-ins": (
        "fields @timestamp, userIdentity.type, userIdentity.arn, eventName, sourceIPAddress, errorMessage\n"
        '| filter userIdentity.type = "Root" or eventName = "ConsoleLogin"\n'
        "| sort @timestamp desc\n| limit 100"
    ),
    "audit/what happened to one resource": (
        "fields @timestamp, userIdentity.arn, eventName, requestParameters, errorCode\n"
        "| filter @message like /put the name or id here/\n"
        "| sort @timestamp desc\n| limit 100"
    ),
}


def saved_queries(*, services: Sequence[str], databases: Sequence[str], trail: str) -> list[Query]:
    """Queries over the log groups of services and databases and over the trail's; none without log groups.

    Only the first log groups are read if there are more than a query may read.
    """
    sources = ((_OF_SERVICES, services), (_OF_DATABASES, databases), (_OF_TRAIL, (trail,)))
    return [
        Query(name=name, text=text, log_groups=tuple(groups[:MAX_LOG_GROUPS]))
        for texts, groups in sources
        if groups
        for name, text in texts.items()
    ]
