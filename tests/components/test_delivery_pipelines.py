"""Pipelines: their stages, what starts them, who may do what in them, and what holds them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.delivery.releases import released
from components.service.images import on_release
from components.site import Site
from devtools.recording.recorder import record
from settings.plain_secrets import refuse_plain_secrets
from specs.services import Service
from tests.components.delivery_tier import DELIVERY_KEY, GITHUB, TOPIC, Built, build, code_commit, github
from tests.components.shared import ACCOUNT, LOGS_KEY, REGION
from tests.some import some

PIPELINE = "codepipeline/pipeline:Pipeline"
PROJECT = "codebuild/project:Project"
STAGES = ("source", "build", "deploy")


def actions(built: Built, stage: str) -> dict[str, Any]:
    return {action["name"]: action for action in built.stages()[stage]["actions"]}


def test_there_is_a_pipeline_for_each_service_that_the_settings_name() -> None:
    assert [one.inputs["name"] for one in github().of(PIPELINE)] == ["saleday-prod-cart", "saleday-prod-ui"]
    assert build({}).recorded.of("aws:s3/bucket:Bucket") == [], "without any, nothing is made"


def test_a_commit_is_tested_built_approved_and_deployed_in_this_order() -> None:
    assert list(github().stages()) == ["Source", "Build", "Approve", "Deploy"]
    build_actions = actions(github(), "Build")
    assert {name: action["runOrder"] for name, action in build_actions.items()} == {"Test": 1, "Image": 2}
    deploy = actions(github(), "Deploy")
    assert {name: (action["provider"], action["runOrder"]) for name, action in deploy.items()} == {
        "Deploy": ("ECS", 1),
        "Record": ("Lambda", 2),
    }
    assert deploy["Deploy"]["configuration"]["ServiceName"] == "saleday-prod-cart"
    assert deploy["Deploy"]["inputArtifacts"] == build_actions["Image"]["outputArtifacts"], "what was built and scanned"


def test_approvers_are_asked_in_production_only_unless_the_settings_say_so() -> None:
    approval = actions(github(), "Approve")["Approve"]
    assert (approval["provider"], approval["configuration"]["NotificationArn"]) == ("Manual", TOPIC)
    assert "Approve" not in code_commit().stages()
    asked = build({**GITHUB, "approval": True}, production=False)
    assert "Approve" in asked.stages()


def test_the_record_names_the_image_that_was_built_by_its_digest() -> None:
    release = json.loads(actions(github(), "Deploy")["Record"]["configuration"]["UserParameters"])
    assert release == {
        "cluster": "saleday-prod",
        "container": "cart",
        "image": "#{image.IMAGE_BY_DIGEST}",
        "parameter": "/saleday-prod/releases/cart",
        "service": "saleday-prod-cart",
    }
    spec = json.loads(github().inputs(PROJECT, "delivery-cart-image")["source"]["buildspec"])
    assert "IMAGE_BY_DIGEST" in spec["env"]["exported-variables"]
    assert actions(github(), "Build")["Image"]["namespace"] == "image"


def test_artifacts_are_encrypted_with_the_delivery_key_and_kept_private() -> None:
    (store,) = github().pipeline()["artifactStores"]
    assert store["encryptionKey"] == {"id": DELIVERY_KEY, "type": "KMS"}
    assert store["location"] == f"saleday-prod-artifacts-{ACCOUNT}-{REGION}"
    encryption = github().inputs(
        "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "delivery-artifacts"
    )
    (rule,) = encryption["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["kmsMasterKeyId"] == DELIVERY_KEY


@pytest.mark.parametrize(("what", "privileged"), [("test", False), ("image", True)])
def test_only_the_build_of_the_image_is_privileged(what: str, privileged: bool) -> None:
    project = github().inputs(PROJECT, f"delivery-cart-{what}")
    assert project["environment"]["privilegedMode"] is privileged
    assert project["encryptionKey"] == DELIVERY_KEY
    assert project["environment"]["type"] == "ARM_CONTAINER", "the tasks' own architecture"
    group = github().inputs("cloudwatch/logGroup:LogGroup", f"delivery-cart-{what}-logs")
    assert project["logsConfig"]["cloudwatchLogs"] == {
        "status": "ENABLED",
        "groupName": group["name"],
        "streamName": what,
    }
    assert group["kmsKeyId"] == LOGS_KEY


def test_machines_have_the_size_of_the_settings() -> None:
    assert github().inputs(PROJECT, "delivery-cart-image")["environment"]["computeType"] == "BUILD_GENERAL1_SMALL"
    assert github().inputs(PROJECT, "delivery-ui-image")["environment"]["computeType"] == "BUILD_GENERAL1_LARGE"


def test_only_pushes_that_touch_the_services_folder_start_its_pipeline() -> None:
    def pushes(service: str) -> Any:
        (trigger,) = github().pipeline(service)["triggers"]
        return trigger["gitConfiguration"]["pushes"][0]

    assert pushes("cart") == {"branches": {"includes": ["main"]}, "filePaths": {"includes": ["src/cart/**"]}}
    assert pushes("ui") == {"branches": {"includes": ["main"]}}, "the whole repository is its folder"
    source = actions(github(), "Source")["Source"]["configuration"]
    assert (source["FullRepositoryId"], source["DetectChanges"]) == ("shop-example/shop", "false")


def test_a_connection_that_is_there_is_used() -> None:
    arn = f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/1"
    built = build({**GITHUB, "github": {"repository": "shop-example/shop", "connectionArn": arn}})
    assert built.of("codeconnections/connection:Connection") == []
    assert actions(built, "Source")["Source"]["configuration"]["ConnectionArn"] == arn
    assert len(github().of("codeconnections/connection:Connection")) == 1


def test_codecommit_is_a_repository_of_the_stack_whose_pushes_start_the_pipelines() -> None:
    built = code_commit()
    repository = built.inputs("codecommit/repository:Repository", "delivery-repository")
    assert (repository["repositoryName"], repository["kmsKeyId"]) == ("saleday-prod-shop", DELIVERY_KEY)
    source = actions(built, "Source")["Source"]
    assert (source["provider"], source["configuration"]["PollForSourceChanges"]) == ("CodeCommit", "false")
    pattern = json.loads(built.inputs("cloudwatch/eventRule:EventRule", "delivery-push-cart")["eventPattern"])
    assert pattern["resources"] == [f"arn:aws:codecommit:{REGION}:{ACCOUNT}:saleday-prod-shop"]
    assert pattern["detail"]["referenceName"] == ["main"]
    assert "triggers" not in built.pipeline()


def test_each_stage_has_a_role_of_its_own_that_only_its_pipeline_takes_on() -> None:
    for stage in STAGES:
        assert github().trust(f"cart-{stage}-role")["Principal"] == {
            "AWS": f"arn:aws:iam::{ACCOUNT}:role/saleday-prod-cart-pipeline"
        }
    used = {
        action["roleArn"].rpartition("-")[2]
        for stage in github().stages().values()
        for action in stage["actions"]
        if "roleArn" in action
    }
    assert used == set(STAGES)
    own = github().statements("cart-pipeline-policy")
    assert own["TakeOnStages"]["Resource"] == sorted(
        f"arn:aws:iam::{ACCOUNT}:role/saleday-prod-cart-{stage}" for stage in STAGES
    )


def test_the_deploy_stage_passes_this_services_roles_to_tasks_and_updates_this_service_alone() -> None:
    statements = github().statements("cart-deploy-policy")
    assert statements["GiveTasksTheirRoles"]["Resource"] == [
        f"arn:aws:iam::{ACCOUNT}:role/saleday-prod-cart-execution",
        f"arn:aws:iam::{ACCOUNT}:role/saleday-prod-cart-task",
    ]
    assert statements["GiveTasksTheirRoles"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}
    }
    assert statements["Deploy"]["Resource"] == [
        f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/saleday-prod/saleday-prod-cart"
    ]


def test_a_pipeline_reads_its_own_artifacts_and_pushes_to_its_own_repository() -> None:
    bucket = f"arn:aws:s3:::saleday-prod-artifacts-{ACCOUNT}-{REGION}"
    for policy in ("cart-source-policy", "cart-test-policy", "cart-image-policy", "cart-deploy-policy"):
        assert github().statements(policy)["UseArtifacts"]["Resource"] == [f"{bucket}/saleday-prod-cart*"], policy
    assert "s3:PutObject" not in github().statements("cart-test-policy")["UseArtifacts"]["Action"]
    push = github().statements("cart-image-policy")["PushAndLookAtScan"]
    assert push["Resource"] == [f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/saleday-prod-cart"]


def test_the_connection_opens_one_repository() -> None:
    for statement in some(github().statements("cart-connection-policy").values()):
        ((key, value),) = statement["Condition"]["StringEquals"].items()
        assert key.endswith(":FullRepositoryId")
        assert value == "shop-example/shop"
        assert "*" not in statement["Resource"][0]


def test_a_freeze_holds_the_stage_before_anything_of_it_starts() -> None:
    condition = github().stages()["Deploy"]["beforeEntry"]["condition"]
    assert condition["result"] == "FAIL"
    (rule,) = condition["rules"]
    assert rule["ruleTypeId"]["provider"] == "LambdaInvoke"
    assert rule["configuration"]["FunctionName"] == "saleday-prod-freeze-check"
    assert json.loads(rule["configuration"]["UserParameters"]) == GITHUB["freezes"]


FROZEN = {
    "DateGreaterThanEquals": {"aws:CurrentTime": "2027-09-30T18:30:00Z"},
    "DateLessThan": {"aws:CurrentTime": "2027-10-10T18:30:00Z"},
}


@pytest.mark.parametrize(
    ("policy", "action"),
    [("cart-deploy-policy", "ecs:UpdateService"), ("rebuild", "codepipeline:StartPipelineExecution")],
)
def test_iam_itself_refuses_deployments_and_scheduled_rebuilds_in_a_freeze(policy: str, action: str) -> None:
    refusal = github().statements(policy)["FrozenAnnualSale"]
    assert (refusal["Effect"], refusal["Action"]) == ("Deny", [action])
    assert refusal["Condition"] == FROZEN, "in UTC, as IAM compares"


def test_a_schedule_rebuilds_each_image() -> None:
    schedule = github().inputs("scheduler/schedule:Schedule", "delivery-rebuild-cart")
    assert schedule["target"]["arn"] == f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:saleday-prod-cart"
    assert schedule["kmsKeyArn"] == DELIVERY_KEY


def test_a_critical_vulnerability_with_a_fix_in_an_image_that_runs_is_told_to_the_function() -> None:
    detail = json.loads(github().inputs("cloudwatch/eventRule:EventRule", "delivery-patch")["eventPattern"])["detail"]
    assert (detail["severity"], detail["status"], detail["fixAvailable"]) == (["CRITICAL"], ["ACTIVE"], ["YES"])
    image = detail["resources"]["details"]["awsEcrContainerImage"]
    assert image["repositoryName"] == [{"prefix": "saleday-prod-"}], "the function knows which have a pipeline"
    assert {"numeric": [">", 0]} in image["inUseCount"]
    target = github().inputs("cloudwatch/eventTarget:EventTarget", "delivery-patch")["arn"]
    assert target == github().recorded.one("aws:lambda/function:Function", "delivery-patch-build").outputs["arn"]
    statements = github().statements("patch-build-policy")
    assert not [sid for sid in statements if sid.startswith("Frozen")], "a patch is built in a freeze, and waits"


def test_rebuilds_can_be_left_out() -> None:
    built = build({**GITHUB, "rebuild": None})
    assert built.of("scheduler/schedule:Schedule") == []
    assert built.of("cloudwatch/eventRule:EventRule") == []


def test_a_pipeline_that_fails_tells_someone() -> None:
    alarm = github().inputs("cloudwatch/metricAlarm:MetricAlarm", "delivery-cart-failed")
    assert alarm["alarmActions"] == [TOPIC]
    assert alarm["dimensions"] == {"PipelineName": "saleday-prod-cart"}


def test_an_answer_that_fails_for_good_is_set_aside_and_told() -> None:
    queue = github().recorded.one("aws:sqs/queue:Queue", "delivery-unanswered")
    assert queue.inputs["kmsMasterKeyId"] == DELIVERY_KEY
    for name in ("delivery-freeze-check", "delivery-record-release"):
        function = github().inputs("lambda/function:Function", name)
        assert function["deadLetterConfig"] == {"targetArn": queue.outputs["arn"]}
    alarm = github().inputs("cloudwatch/metricAlarm:MetricAlarm", "delivery-unanswered")
    assert alarm["alarmActions"] == [TOPIC]


def test_releases_are_recorded_where_the_program_reads_them() -> None:
    parameter = github().recorded.one("aws:ssm/parameter:Parameter", "delivery-release-cart")
    assert (parameter.inputs["name"], parameter.inputs["value"]) == ("/saleday-prod/releases/cart", "none")
    assert parameter.ignore_changes == ["value"], "an update must not take a release back"


OWN = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/saleday-prod-cart@sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("told", "image"),
    [
        (OWN, OWN),
        ("none", None),
        (OWN.replace("cart@", "ui@"), None),
        (OWN.replace(ACCOUNT, "999999999999"), None),
        (OWN.replace(f"@sha256:{'a' * 64}", ":latest"), None),
    ],
)
def test_only_an_image_of_the_services_own_repository_by_digest_is_a_release(
    monkeypatch: pytest.MonkeyPatch, told: str, image: str | None
) -> None:
    import pulumi_aws as aws

    class Found:
        names = ("/saleday-prod/releases/cart",)
        values = (told,)

    monkeypatch.setattr(aws.ssm, "get_parameters_by_path", lambda **_: Found)
    site = Site(
        project="saleday",
        stack="prod",
        region=REGION,
        account_id=ACCOUNT,
        owner="o",
        cost_centre="c",
        production=True,
        zones=(),
    )
    assert released(site, ["cart", "new"]) == ({"cart": image} if image else {})


def test_nothing_is_asked_where_nothing_is_delivered() -> None:
    site = Site(
        project="saleday",
        stack="dev",
        region=REGION,
        account_id=ACCOUNT,
        owner="o",
        cost_centre="c",
        production=False,
        zones=(),
    )
    assert record(lambda: released(site, [])).invokes == []
    assert [call.token for call in record(lambda: released(site, ["cart"])).invokes] == [
        "aws:ssm/getParametersByPath:getParametersByPath"
    ]


def test_a_release_replaces_a_public_image_and_never_one_that_the_settings_pin() -> None:
    public = Service(name="cart", image="public.ecr.aws/shop/cart:1")
    assert on_release(public, OWN).image == OWN
    assert on_release(public, None).image == "public.ecr.aws/shop/cart:1"
    pinned = Service(name="cart", image=OWN.replace("a" * 64, "b" * 64))
    assert on_release(pinned, OWN) == pinned


def test_a_command_with_a_credential_is_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="not shown") as caught:
        refuse_plain_secrets({"delivery": {"services": [{"name": "cart", "test": ["curl -u AKIAIOSFODNN7EXAMPLE"]}]}})
    assert "AKIA" not in str(caught.value)
