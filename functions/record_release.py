"""Records a service's image once ECS has completed the deployment without a rollback.

An action of CodePipeline (`Lambda`), whose user parameters are `{"cluster": str, "service": str, "container": str,
"parameter": str, "image": str}`. `pulumi up` reads the parameter, and so keeps the image that a pipeline has released.
"""

from __future__ import annotations

import json
from typing import Any

MAX_MESSAGE = 5000  # characters (PutJobFailureResult API)


def handler(event: dict[str, Any], context: Any) -> None:
    """Entry point of the function."""
    import boto3  # part of the runtime, needed nowhere else

    job = event["CodePipeline.job"]
    pipeline = boto3.client("codepipeline")
    try:
        release = json.loads(job["data"]["actionConfiguration"]["configuration"]["UserParameters"])
        recorded = record(boto3.client("ecs"), boto3.client("ssm"), release)
    except Exception as error:  # noqa: BLE001 - a job that nobody answers would hold its pipeline until it times out
        details = {"type": "JobFailed", "message": f"{type(error).__name__}: {error}"[:MAX_MESSAGE]}
        pipeline.put_job_failure_result(jobId=job["id"], failureDetails=details)
        return
    if recorded:
        pipeline.put_job_success_result(jobId=job["id"])
    else:
        # With a token CodePipeline asks again, about every half minute.
        pipeline.put_job_success_result(jobId=job["id"], continuationToken=json.dumps({"waitsFor": "deployment"}))


class RolledBackError(Exception):
    """The service runs another image than the one that was deployed."""


def record(ecs: Any, ssm: Any, release: dict[str, str]) -> bool:
    """Whether the release is through and recorded; False while its deployment is still going on.

    Raises RolledBackError where the service has gone back to another image, LookupError where there is no service.
    """
    found = ecs.describe_services(cluster=release["cluster"], services=[release["service"]])["services"]
    if not found:
        raise LookupError(f"no service {release['service']} in {release['cluster']}")
    deployments = found[0]["deployments"]
    primary = next(one for one in deployments if one["status"] == "PRIMARY")
    state = primary.get("rolloutState", "COMPLETED")
    if state == "IN_PROGRESS":
        return False
    image = _image(ecs, primary["taskDefinition"], release["container"])
    if state == "FAILED" or image != release["image"]:
        raise RolledBackError(f"{release['service']} runs {image}, not {release['image']}: ECS rolled back ({state})")
    ssm.put_parameter(Name=release["parameter"], Value=image, Type="String", Overwrite=True)
    return True


def _image(ecs: Any, task_definition: str, container: str) -> str:
    definitions = ecs.describe_task_definition(taskDefinition=task_definition)["taskDefinition"]["containerDefinitions"]
    return str(next(one["image"] for one in definitions if one["name"] == container))
