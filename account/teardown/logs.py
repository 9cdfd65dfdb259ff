"""Log groups that AWS has made anew after the stack's own were deleted: with them, the next `pulumi up` fails.

What still runs while a stack is destroyed may write once more: RDS, Lambda and Container Insights then make the group
again, without the stack's tags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from account.teardown.cloud import Cloud
from account.teardown.step import TeardownStep
from aws_facts.regions import EDGE_REGION
from devtools.recording.recorded import Resource

LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"


def steps(cloud: Cloud, declared: Iterable[Resource]) -> Iterator[TeardownStep]:
    """`declared` are the log groups of the program."""
    named: dict[str, set[str]] = {}
    for one in declared:
        region = EDGE_REGION if EDGE_REGION in one.provider else cloud.region
        named.setdefault(region, set()).add(str(one.inputs["name"]))
    for region, names in named.items():
        logs = cloud.client("logs", region)
        for group in cloud.listed("logs", "describe_log_groups", "logGroups", region):
            name, arn = group["logGroupName"], group["arn"].removesuffix(":*")
            if name not in names:
                continue
            tags = logs.list_tags_for_resource(resourceArn=arn)["tags"]
            if not cloud.owns({"Key": key, "Value": value} for key, value in tags.items()):
                yield TeardownStep(
                    what=f"delete the log group {name}, which AWS has made anew",
                    why="the next pulumi up would find its name taken",
                    advance=_deleting(logs, name),
                )


def _deleting(logs: Any, name: str) -> Callable[[], bool]:
    def advance() -> bool:
        logs.delete_log_group(logGroupName=name)
        return True

    return advance
