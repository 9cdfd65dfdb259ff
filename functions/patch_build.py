"""Starts the pipeline of a service whose running image has a critical vulnerability that a new build may fix.

Event: EventBridge's `Inspector2 Finding` about an image in ECR. An image that nothing runs is left alone: a build that
could not fix the finding pushes such an image, whose own finding would start the next build. And a pipeline is started
here once a day at most, as Inspector also tells whenever a finding changes.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

PAUSE: Final = timedelta(days=1)
IMAGE: Final = "AWS_ECR_CONTAINER_IMAGE"
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Starter:
    inspector: Any
    codepipeline: Any
    pipelines: Mapping[str, str]
    """By the repository of their images."""
    role: str
    """Name of this function's own role, which distinguishes its starts from others."""

    def answer(self, event: Mapping[str, Any], now: datetime) -> list[str]:
        """Pipelines that are started for the finding of `event`."""
        finding = event["detail"]["findingArn"]
        due = [pipeline for pipeline in self._affected(finding) if not self._started_since(pipeline, now - PAUSE)]
        for pipeline in due:
            # Findings of one image come together: the token makes one start of those that ask at the same moment.
            self.codepipeline.start_pipeline_execution(name=pipeline, clientRequestToken=f"patch-{now:%Y-%m-%d}")
        _LOG.info("critical finding", extra={"finding": finding, "started": due})
        return due

    def _affected(self, finding: str) -> Iterator[str]:
        """Pipelines whose running image has the finding according to Inspector now."""
        criteria = {
            "findingArn": [{"comparison": "EQUALS", "value": finding}],
            "findingStatus": [{"comparison": "EQUALS", "value": "ACTIVE"}],
            "ecrImageInUseCount": [{"lowerInclusive": 1}],
        }
        found = self.inspector.list_findings(filterCriteria=criteria)["findings"]
        repositories = {
            resource["details"]["awsEcrContainerImage"]["repositoryName"]
            for one in found
            for resource in one["resources"]
            if resource["type"] == IMAGE
        }
        yield from (self.pipelines[name] for name in sorted(repositories) if name in self.pipelines)

    def _started_since(self, pipeline: str, moment: datetime) -> bool:
        """Whether this function has started the pipeline since then."""
        pages = self.codepipeline.get_paginator("list_pipeline_executions").paginate(pipelineName=pipeline)
        for page in pages:
            for one in page["pipelineExecutionSummaries"]:  # the newest first
                if one["startTime"] < moment:
                    return False
                if f":assumed-role/{self.role}/" in one.get("trigger", {}).get("triggerDetail", ""):
                    return True
        return False


def handler(event: Mapping[str, Any], context: Any) -> list[str]:
    """Entry point of the function."""
    import boto3  # part of the runtime, needed nowhere else

    _LOG.setLevel(logging.INFO)
    starter = Starter(
        inspector=boto3.client("inspector2"),
        codepipeline=boto3.client("codepipeline"),
        pipelines=json.loads(os.environ["PIPELINES"]),
        role=os.environ["ROLE"],
    )
    return starter.answer(event, datetime.now(UTC))
