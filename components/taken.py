"""Each physical name once: names of settings are joined with fixed words, and two of them can come to the same."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import pulumi

from components.stores.registry import KINDS

# Types whose names hold a name of the settings: what AWS tells them apart by, and among what. Names of types that count
# within one parent only (inline policies, schedules of a group, scheduled actions of a target) are not here.
_ALARM: Final = ("name", "alarm")
_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": ("alarm_name", "alarm"),
    "aws:cloudwatch/dashboard:Dashboard": ("dashboard_name", "dashboard"),
    "aws:cloudwatch/logGroup:LogGroup": ("name", "log group"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": _ALARM,
    "aws:codebuild/project:Project": ("name", "build project"),
    "aws:codepipeline/pipeline:Pipeline": ("name", "pipeline"),
    "aws:ec2/securityGroup:SecurityGroup": ("name", "security group"),
    "aws:ecr/repository:Repository": ("name", "repository"),
    "aws:ecs/service:Service": ("name", "ECS service"),
    "aws:iam/policy:Policy": ("name", "IAM policy"),
    "aws:iam/role:Role": ("name", "IAM role"),
    "aws:lambda/function:Function": ("name", "function"),
    "aws:lb/targetGroup:TargetGroup": ("name", "target group"),
    "aws:s3/bucket:Bucket": ("bucket", "bucket"),
    "aws:scheduler/scheduleGroup:ScheduleGroup": ("name", "schedule group"),
    "aws:sns/topic:Topic": ("name", "topic"),
    "aws:ssm/parameter:Parameter": ("name", "parameter"),
} | {token: named for kind in KINDS for token, named in kind.physical_names.items()}


def refuse_twice(settings: Mapping[str, str]) -> None:
    """From here on, end the program with one line where a second resource would take a name.

    `settings` are those that names are made from, each with its name.
    """
    taken: set[tuple[object, ...]] = set()

    def note(args: pulumi.ResourceTransformationArgs) -> None:
        if args.type_ not in _NAMES:
            return
        prop, what = _NAMES[args.type_]
        names = [(args.type_, args.name)]
        if isinstance(physical := args.props.get(prop), str):
            names.append((what, f"{id(args.opts.provider)}", physical))
        for name in names:
            if name in taken:
                raise pulumi.RunError(_line(settings, what, name[-1]))
            taken.add(name)

    pulumi.runtime.register_stack_transformation(note)


def _line(settings: Mapping[str, str], what: str, name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", name)
    parts = sorted(setting for setting, part in settings.items() if f"-{part}-" in f"-{words}-")
    return (
        f"saleday:{', '.join(parts)}: names are joined with fixed words, and two of them come to the same (got {what} "
        f"{name} twice); rename one"
    )
