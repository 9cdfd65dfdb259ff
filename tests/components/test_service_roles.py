"""What services may do: their task roles and execution roles."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.service.images import Image
from components.service.roles import execution_policy, task_policy
from components.stores.buckets.handle import OBJECT_ACTIONS
from components.stores.queues import QUEUE_ACTIONS
from components.stores.tables import TABLE_ACTIONS
from devtools.recording.recorder import record
from specs.services import Service
from tests.components import shared
from tests.components.service_tier import build, shop, stores
from tests.components.shared import ACCOUNT, REGION, keys, site
from tests.some import some

# Calls that take no resource (Service Authorization Reference).
STAR_ONLY = {
    "ecr:GetAuthorizationToken",
    "xray:GetSamplingRules",
    "xray:GetSamplingStatisticSummaries",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
ECR = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository"


def spec(**fields: Any) -> Service:
    return Service.model_validate({"name": "cart", "image": "public.ecr.aws/shop/cart:1"} | fields)


def task(**uses: Any) -> dict[str, dict[str, Any]]:
    """Statements of a task role, by Sid."""
    return _written(lambda: task_policy(site(), keys(), spec(uses=uses), stores()))


def execution(**fields: Any) -> dict[str, dict[str, Any]]:
    """Statements of an execution role, by Sid."""
    service = spec(**fields)
    images = [Image.parse(service.image.replace("public.ecr.aws", f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"))]
    return _written(lambda: execution_policy(site(), keys(), service, stores(), images, "/ecs/saleday-dev/cart"))


def _written(write: Callable[[], str]) -> dict[str, dict[str, Any]]:
    documents: list[str] = []
    record(lambda: documents.append(write()))
    return shared.statements(documents[0])


def test_a_service_without_stores_may_only_trace() -> None:
    assert set(task()) == {"Trace"}


@pytest.mark.parametrize("access", ["read", "write", "readWrite"])
def test_a_table_is_used_as_the_settings_say(access: str) -> None:
    statements = task(tables={"carts": access})
    assert statements["TableCarts"]["Resource"] == [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/saleday-dev-carts"]
    assert statements["TableCarts"]["Action"] == sorted(TABLE_ACTIONS[access])
    assert ("IndexesCarts" in statements) == (access != "write"), "indexes are only read"


def test_reading_and_writing_are_apart() -> None:
    writing = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
    reading = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"}
    assert not writing & set(TABLE_ACTIONS["read"])
    assert not reading & set(TABLE_ACTIONS["write"])
    assert writing | reading <= set(TABLE_ACTIONS["readWrite"])
    assert "sqs:ReceiveMessage" not in QUEUE_ACTIONS["send"]
    assert "sqs:SendMessage" not in QUEUE_ACTIONS["receive"]
    assert "s3:PutObject" not in OBJECT_ACTIONS["read"]


def test_an_index_is_queried_by_its_own_arn() -> None:
    statement = task(tables={"carts": "read"})["IndexesCarts"]
    assert statement["Action"] == ["dynamodb:Query"]
    assert statement["Resource"] == [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/saleday-dev-carts/index/by-customer"]


@pytest.mark.parametrize("access", ["send", "receive", "sendReceive"])
def test_a_queue_is_used_as_the_settings_say(access: str) -> None:
    statements = task(queues={"orders": access})
    assert statements["QueueOrders"]["Resource"] == [f"arn:aws:sqs:{REGION}:{ACCOUNT}:saleday-dev-orders"]
    encrypts = "kms:GenerateDataKey" in statements["KeySqs"]["Action"]
    assert encrypts == (access != "receive"), "only senders make data keys"


def test_a_bucket_is_listed_and_its_objects_are_read() -> None:
    statements = task(buckets={"media": "read"})
    assert statements["ObjectsMedia"]["Resource"] == ["arn:aws:s3:::saleday-dev-media/*"]
    assert statements["BucketMedia"] == statements["BucketMedia"] | {
        "Action": ["s3:ListBucket"],
        "Resource": ["arn:aws:s3:::saleday-dev-media"],
    }
    assert statements["KeyS3"]["Action"] == ["kms:Decrypt"]


def test_only_the_user_of_a_cache_signs_in_to_it() -> None:
    statement = task(caches=["sessions"])["CacheSessions"]
    assert statement["Action"] == ["elasticache:Connect"]
    assert len(statement["Resource"]) == 2, "ElastiCache asks for the cache and the user"
    other = spec(name="ui", uses={"caches": ["sessions"]})
    found = _written(lambda: task_policy(site(), keys(), other, stores()))
    assert set(found) == {"Trace"}, "no user of its own, no sign-in"


def test_keys_are_used_by_alias_and_only_through_the_service_that_holds_the_data() -> None:
    statements = task(tables={"carts": "read"}, queues={"orders": "send"}, buckets={"media": "readWrite"})
    through = {sid: statement for sid, statement in statements.items() if sid.startswith("Key")}
    assert {sid: statement["Condition"]["StringEquals"]["kms:ViaService"] for sid, statement in through.items()} == {
        "KeyDynamodb": f"dynamodb.{REGION}.amazonaws.com",
        "KeySqs": f"sqs.{REGION}.amazonaws.com",
        "KeyS3": f"s3.{REGION}.amazonaws.com",
    }
    for statement in through.values():
        alias = statement["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"]
        assert alias == "alias/saleday-dev-data"


def test_nothing_is_allowed_on_everything_but_calls_without_resources() -> None:
    for resource in some(shop().of("iam/rolePolicy:RolePolicy")):
        for statement in json.loads(resource.inputs["policy"])["Statement"]:
            assert not [action for action in statement["Action"] if "*" in action], resource.name
            if "*" in statement["Resource"]:
                assert set(statement["Action"]) <= STAR_ONLY, resource.name


def test_no_service_holds_another_ones_permissions() -> None:
    built = shop()
    assert set(built.statements("ui-task")) == {"Trace"}
    assert set(built.statements("worker-task")) == {
        "Trace",
        "TableCarts",
        "IndexesCarts",
        "QueueOrders",
        "KeyDynamodb",
        "KeySqs",
    }
    assert "SecretCatalog" not in built.statements("catalog-task"), "secrets are fetched by ECS, not by the code"
    assert "SecretCatalog" not in built.statements("cart-execution")


def test_every_document_can_be_read_in_a_preview() -> None:
    documents = [resource.inputs["policy"] for resource in build(preview=True).of("iam/rolePolicy:RolePolicy")]
    assert documents
    for document in documents:
        assert json.loads(document)["Statement"], "an unknown part would hide the whole document"


def test_nobody_may_open_a_shell_in_a_container() -> None:
    documents = [resource.inputs["policy"] for resource in shop().of("iam/rolePolicy:RolePolicy")]
    assert not [document for document in documents if "ssmmessages" in document]


def test_tasks_are_started_from_their_own_images_and_logs() -> None:
    statements = execution()
    assert statements["PullImages"]["Resource"] == [
        f"{ECR}/saleday-dev-cart",
        f"{ECR}/shop/cart",
        "arn:aws:ecr:ap-south-1:251508486986:repository/aws-guardduty-agent-fargate",
    ]
    assert statements["WriteLogs"]["Resource"] == [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/saleday-dev/cart:*"]
    assert "logs:CreateLogGroup" not in statements["WriteLogs"]["Action"], "a group made on the way has no key"
    assert set(statements) == {"RegistryToken", "PullImages", "WriteLogs"}, "no secret, no key"


def test_a_managed_secret_is_told_by_its_cluster() -> None:
    statements = execution(uses={"databases": ["catalog"]}, secrets={"PASSWORD": "${database.catalog.password}"})
    secret = statements["SecretCatalog"]
    assert secret["Action"] == ["secretsmanager:GetSecretValue"]
    assert secret["Resource"] == [f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!cluster-*"]
    assert secret["Condition"]["StringEquals"] == {
        "secretsmanager:ResourceTag/aws:rds:primaryDBClusterArn": (
            f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:saleday-dev-catalog"
        )
    }
    assert "KeySecretsmanager" in statements


def test_other_secrets_and_parameters_are_read_by_arn() -> None:
    secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:payment"
    parameter = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shop/mode"
    statements = execution(secrets={"A": f"{secret}-AbC123:key::", "B": secret, "C": parameter})
    assert statements["ReadSecrets"]["Resource"] == [f"{secret}-??????", f"{secret}-AbC123"]
    assert statements["ReadParameters"] == statements["ReadParameters"] | {
        "Action": ["ssm:GetParameters"],
        "Resource": [parameter],
    }
    assert {"KeySecretsmanager", "KeySsm"} <= set(statements)


def test_databases_are_signed_in_to_by_iam_only_where_they_ask_for_it() -> None:
    name = "services-catalog-task-connect"
    assert not [role for role in shop().of("iam/rolePolicy:RolePolicy") if role.name == name]
    policy = build(signs_in_by_iam=True).one("iam/rolePolicy:RolePolicy", name).inputs["policy"]
    statement = json.loads(policy)["Statement"][0]
    assert statement["Action"] == ["rds-db:connect"]
    assert statement["Resource"] == [f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:prx-1/admin"]


def test_roles_are_two_for_each_service_and_trust_ecs_of_this_account_alone() -> None:
    built = shop()
    for name in some(built.handles):
        definition = built.one("ecs/taskDefinition:TaskDefinition", f"services-{name}-task").inputs
        assert definition["taskRoleArn"] != definition["executionRoleArn"]
        for role in ("task", "execution"):
            trust = json.loads(built.one("iam/role:Role", f"services-{name}-{role}-role").inputs["assumeRolePolicy"])
            [statement] = trust["Statement"]
            assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
            assert statement["Condition"] == {
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:*"},
            }
