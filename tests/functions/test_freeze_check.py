"""The function that holds deployments during a freeze, as CodePipeline calls it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.freeze_check import answer, held

SALE = {"name": "annual-sale", "start": "2027-10-01T00:00:00+05:30", "end": "2027-10-11T00:00:00+05:30"}
START = datetime(2027, 9, 30, 18, 30, tzinfo=UTC)  # midnight in India
END = datetime(2027, 10, 10, 18, 30, tzinfo=UTC)
MINUTE_BEFORE = datetime(2027, 9, 30, 18, 29, tzinfo=UTC)


class Pipeline:
    """The two answers that CodePipeline takes, written down."""

    def __init__(self) -> None:
        self.succeeded: list[str] = []
        self.failed: dict[str, str] = {}

    def put_job_success_result(self, **call: Any) -> None:
        self.succeeded.append(call["jobId"])

    def put_job_failure_result(self, **call: Any) -> None:
        assert call["failureDetails"]["type"] in {"JobFailed", "ConfigurationError", "PermissionError"}
        self.failed[call["jobId"]] = call["failureDetails"]["message"]


def job(parameters: object) -> dict[str, Any]:
    text = parameters if isinstance(parameters, str) else json.dumps(parameters)
    configuration = {"configuration": {"FunctionName": "freeze-check", "UserParameters": text}}
    return {"CodePipeline.job": {"id": "1", "data": {"actionConfiguration": configuration}}}


@pytest.mark.parametrize(
    ("now", "frozen"), [(MINUTE_BEFORE, False), (START, True), (datetime(2027, 10, 5, tzinfo=UTC), True), (END, False)]
)
def test_a_freeze_lasts_from_its_start_up_to_its_end(now: datetime, frozen: bool) -> None:
    assert (held(json.dumps([SALE]), now) is not None) is frozen


def test_without_freezes_nothing_is_held() -> None:
    pipeline = Pipeline()
    answer(pipeline, job([]), START)
    assert (pipeline.succeeded, pipeline.failed) == (["1"], {})


def test_a_held_deployment_is_told_why_and_until_when() -> None:
    pipeline = Pipeline()
    answer(pipeline, job([SALE]), START)
    assert pipeline.succeeded == []
    assert pipeline.failed == {"1": "frozen for annual-sale until 2027-10-11T00:00:00+05:30: retry the stage then"}


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "not json",
        [{}],
        [{"name": "x", "start": "monday", "end": SALE["end"]}],
        [SALE | {"start": "2027-10-01"}],
        [1],
        "[" * 100_000,
        "9" * 5000,
    ],
    ids=["empty", "not json", "no fields", "no date", "no time zone", "no freeze", "too deep", "too long a number"],
)
def test_what_cannot_be_understood_is_held(parameters: object) -> None:
    pipeline = Pipeline()
    answer(pipeline, job(parameters), MINUTE_BEFORE)
    assert pipeline.succeeded == []
    assert "nothing is let through" in pipeline.failed["1"]


def test_a_job_without_parameters_is_held() -> None:
    pipeline = Pipeline()
    answer(pipeline, {"CodePipeline.job": {"id": "1", "data": {}}}, MINUTE_BEFORE)
    assert list(pipeline.failed) == ["1"]
