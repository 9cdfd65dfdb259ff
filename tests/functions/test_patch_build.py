"""Starts of pipelines for findings, against Inspector and CodePipeline as their API models have them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from functions.patch_build import Starter

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ROLE = "saleday-prod-patch-build"
FINDING = "arn:aws:inspector2:ap-south-1:123456789012:finding/1"
EVENT = {"detail": {"findingArn": FINDING}}
ASKED = {
    "filterCriteria": {
        "findingArn": [{"comparison": "EQUALS", "value": FINDING}],
        "findingStatus": [{"comparison": "EQUALS", "value": "ACTIVE"}],
        "ecrImageInUseCount": [{"lowerInclusive": 1}],
    }
}


def finding(repository: str) -> dict[str, Any]:
    image = {
        "repositoryName": repository,
        "imageHash": f"sha256:{'ab' * 32}",
        "registry": "123456789012",
        "inUseCount": 3,
    }
    return {
        "findingArn": FINDING,
        "awsAccountId": "123456789012",
        "type": "PACKAGE_VULNERABILITY",
        "description": "a hole",
        "severity": "CRITICAL",
        "remediation": {},
        "firstObservedAt": NOW,
        "lastObservedAt": NOW,
        "status": "ACTIVE",
        "resources": [
            {"type": "AWS_ECR_CONTAINER_IMAGE", "id": "image", "details": {"awsEcrContainerImage": image}},
        ],
    }


def run(ago: timedelta, by: str) -> dict[str, Any]:
    caller = f"arn:aws:sts::123456789012:assumed-role/{by}/session"
    return {"startTime": NOW - ago, "trigger": {"triggerType": "StartPipelineExecution", "triggerDetail": caller}}


def answer(findings: list[dict[str, Any]], *pages: list[dict[str, Any]], starts: bool) -> list[str]:
    inspector, codepipeline = (boto3.client(name, region_name="ap-south-1") for name in ("inspector2", "codepipeline"))
    with Stubber(inspector) as asked, Stubber(codepipeline) as called:
        asked.add_response("list_findings", {"findings": findings}, ASKED)
        for number, page in enumerate(pages):
            more = {"nextToken": str(number)} if number < len(pages) - 1 else {}
            given = {"pipelineName": "cart"} | ({"nextToken": str(number - 1)} if number else {})
            called.add_response("list_pipeline_executions", {"pipelineExecutionSummaries": page, **more}, given)
        if starts:
            token = {"name": "cart", "clientRequestToken": "patch-2026-11-30"}
            called.add_response("start_pipeline_execution", {"pipelineExecutionId": "1"}, token)
        starter = Starter(inspector=inspector, codepipeline=codepipeline, pipelines={"shop-cart": "cart"}, role=ROLE)
        started = starter.answer(EVENT, NOW)
        asked.assert_no_pending_responses()
        called.assert_no_pending_responses()
        return started


def test_an_image_that_runs_is_built_anew() -> None:
    assert answer([finding("shop-cart")], [], starts=True) == ["cart"]


@pytest.mark.parametrize("findings", [[], [finding("of-somebody-else")]], ids=["nothing runs it", "not of this stack"])
def test_nothing_else_is(findings: list[dict[str, Any]]) -> None:
    assert answer(findings, starts=False) == []


def test_a_pipeline_is_started_once_a_day() -> None:
    mine = [run(timedelta(hours=1), "somebody"), run(timedelta(hours=23), ROLE)]
    assert answer([finding("shop-cart")], mine, starts=False) == []
    assert answer([finding("shop-cart")], mine[:1], mine[1:], starts=False) == [], "however many there were since"
    old = [run(timedelta(hours=1), "somebody"), run(timedelta(hours=25), ROLE)]
    assert answer([finding("shop-cart")], old, starts=True) == ["cart"]


def test_a_run_that_does_not_say_who_started_it_is_none_of_its_own() -> None:
    assert answer([finding("shop-cart")], [{"startTime": NOW}], starts=True) == ["cart"]
