"""The role that starts and stops experiments, for the approver alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import pulumi_aws as aws

from components import iam
from components.base import Component
from components.site import Site
from specs.delivery import Freeze
from specs.game_days import GameDay

STARTER: Final = "game-day"


def make_starter(tier: Component, game_day: GameDay, freezes: Sequence[Freeze]) -> None:
    """The role that starts and stops experiments; no start reaches into a freeze or sale."""
    site = tier.site
    name = site.named(STARTER)
    trusted = {
        "Sid": "AssumedByApprover",
        "Effect": "Allow",
        "Principal": {"AWS": game_day.approver},
        "Action": "sts:AssumeRole",
    }
    may = iam.document(*_start_statements(site, freezes, timedelta(minutes=game_day.minutes)))
    # What it may do bounds it too: nothing that is attached later adds to it.
    policy = aws.iam.Policy(
        tier.child("starter"),
        name=name,
        description=f"{site.prefix}: starts experiments, outside freezes and sales",
        policy=may,
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    role = aws.iam.Role(
        tier.child("starter"),
        name=name,
        description="Starts the experiments of game days",
        assume_role_policy=iam.document(trusted),
        permissions_boundary=policy.arn,
        tags=tier.tags(name=name),
        opts=tier.opts(),
    )
    aws.iam.RolePolicyAttachment(
        tier.child("starter"), role=role.name, policy_arn=policy.arn, opts=tier.opts(parent=role)
    )


def _start_statements(site: Site, freezes: Sequence[Freeze], lasts: timedelta) -> list[iam.Statement]:
    templates, runs = site.arn("fis", "experiment-template/*"), site.arn("fis", "experiment/*")
    frozen = [
        iam.statement(
            f"NotInFreeze{number}",
            ["fis:StartExperiment"],
            ["*"],
            effect="Deny",
            condition={
                "DateGreaterThan": {"aws:CurrentTime": _zulu(one.start - lasts)},
                "DateLessThan": {"aws:CurrentTime": _zulu(one.end)},
            },
        )
        for number, one in enumerate(freezes)
    ]
    return [
        iam.statement("Start", ["fis:GetExperimentTemplate", "fis:StartExperiment"], [templates], condition=site.owned),
        iam.statement("StartRun", ["fis:StartExperiment"], [runs], condition=site.requested),
        iam.statement(
            "TagRun",
            ["fis:TagResource"],
            [f"{runs[:-1]}EXP*"],  # how ids of experiments begin
            # Only a run that has no tags yet.
            condition={**site.requested, "Null": {"aws:ResourceTag/Stack": "true"}},
        ),
        iam.statement("Stop", ["fis:GetExperiment", "fis:StopExperiment"], [runs], condition=site.owned),
        iam.statement("List", ["fis:ListExperimentTemplates", "fis:ListExperiments"], ["*"]),
        *frozen,
    ]


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
