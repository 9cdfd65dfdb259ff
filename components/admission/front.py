"""What of the waiting room stands before the shop: gate, store, page and API. The controller is in `control`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.admission import gate, page
from components.admission.rooms import Rooms
from components.base import Component
from components.functions import Code, python_function
from components.handles import BucketHandle, KeyRing
from components.key_use import ENCRYPT, through
from components.keys import DELETION_DAYS
from functions.admission_rooms import FILE, document

API: Final = "room-api"
"""Id of the API's origin."""
PACKAGE: Final = (
    "admission_keys",
    "admission_pass",
    "admission_places",
    "admission_rate",
    "admission_rooms",
    "admission_table",
    "admission_token",
)
"""Files of `functions/` that both functions import."""
NOT_ENFORCED: Final = json.dumps({"room": "", "from": 0, "until": 0, "lease": 0, "nb": 0, "keys": {}, "steps": ""})
"""The gate's state until the controller writes it: nothing is held back."""
TIMEOUT: Final = 10  # seconds
MEMORY: Final = 512  # MiB


@dataclass(frozen=True, kw_only=True)
class Front:
    """The room as distribution and controller see it."""

    gate_arn: pulumi.Output[str]
    store_arn: pulumi.Output[str]
    table_name: str
    key_arn: pulumi.Output[str]
    api_name: pulumi.Output[str]
    api_host: pulumi.Output[str]
    api_access_id: pulumi.Output[str]
    files: dict[str, str]
    """Of both functions' archives."""


def build(tier: Component, rooms: Rooms, *, keys: KeyRing, log_retention_days: int) -> Front:
    """Store and gate, key, table and API."""
    site = tier.site
    store = aws.cloudfront.KeyValueStore(
        tier.child("room"),
        name=site.named("room"),
        comment="State of the waiting room",
        tags=tier.tags(),
        opts=tier.opts(),
    )
    aws.cloudfront.KeyvaluestoreKey(
        tier.child("room", "state"), key_value_store_arn=store.arn, key="state", value=NOT_ENFORCED,
        opts=tier.opts(parent=store, ignore_changes=["value"]),
    )  # fmt: skip
    function = aws.cloudfront.Function(
        tier.child("gate"),
        name=site.named("gate"),
        comment="Lets admitted customers through, sends others to the waiting room",
        runtime="cloudfront-js-2.0",
        code=gate.code(rooms.gated),
        key_value_store_associations=[store.arn],
        publish=True,
        tags=tier.tags(),
        opts=tier.opts(),
    )
    key = _key(tier)
    table = _table(tier, keys)
    files = {FILE: document(rooms.run)}
    api = _api(tier, keys, key, table, files, log_retention_days)
    url = aws.lambda_.FunctionUrl(
        tier.child("room-api"), function_name=api.name, authorization_type="AWS_IAM", opts=tier.opts(parent=api)
    )
    access = aws.cloudfront.OriginAccessControl(
        tier.child("room-api"),
        name=site.named("room-api"),
        description="CloudFront signs its requests to the waiting room's API",
        origin_access_control_origin_type="lambda",
        signing_behavior="always",
        signing_protocol="sigv4",
        opts=tier.opts(),
    )
    return Front(
        gate_arn=function.arn,
        store_arn=store.arn,
        table_name=site.named("room"),
        key_arn=key.arn,
        api_name=api.name,
        api_host=url.function_url.apply(lambda address: address.split("/")[2]),
        api_access_id=access.id,
        files=files,
    )


def publish(tier: Component, rooms: Rooms, *, title: str, media: BucketHandle) -> None:
    """The page's files, in the bucket that CloudFront serves."""
    for key, (kind, text) in page.files(title, rooms.template).items():
        aws.s3.BucketObjectv2(
            tier.child("room", key.removeprefix(page.PREFIX)),
            bucket=media.bucket,
            key=key,
            content=text,
            content_type=kind,
            cache_control="max-age=60",
            tags=tier.tags("public"),
            opts=tier.opts(),
        )


def admit_cloudfront(tier: Component, front: Front, distribution_arn: pulumi.Output[str]) -> None:
    """Let this distribution call the API, and nobody else."""
    for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"):
        aws.lambda_.Permission(
            tier.child("room-api", action.partition(":")[2]),
            action=action,
            function=front.api_name,
            principal="cloudfront.amazonaws.com",
            source_arn=distribution_arn,
            opts=tier.opts(),
        )


def statements(
    tier: Component, keys: KeyRing, key_arn: pulumi.Output[str], actions: Sequence[str]
) -> list[iam.Statement]:
    """Use of the table and of the keys that are derived: what both functions do."""
    site = tier.site
    return [
        iam.statement(
            "Queue", [f"dynamodb:{action}" for action in actions], [site.arn("dynamodb", f"table/{site.named('room')}")]
        ),
        through(site, keys.data, "dynamodb", ENCRYPT),
        iam.statement(
            "DeriveKeys",
            ["kms:GenerateMac"],
            [site.arn("kms", "key/*")],
            condition={
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{site.named('room')}"},
                "StringEquals": {"kms:MacAlgorithm": "HMAC_SHA_256"},
            },
        ),
    ]


def _key(tier: Component) -> aws.kms.Key:
    """HMAC keys can't be rotated by KMS; what signs is derived from this one, by the hour."""
    site = tier.site
    key = aws.kms.Key(
        tier.child("room"),
        description=f"{site.prefix}: derives the waiting room's keys",
        key_usage="GENERATE_VERIFY_MAC",
        customer_master_key_spec="HMAC_256",
        deletion_window_in_days=DELETION_DAYS[site.production],
        policy=iam.document(
            iam.statement("AccountAdministers", ["kms:*"], ["*"], principal={"AWS": site.iam_arn("root")})
        ),
        tags=tier.tags("confidential", site.named("room")),
        opts=tier.opts(),
    )
    aws.kms.Alias(
        tier.child("room", "alias"),
        name=f"alias/{site.named('room')}",
        target_key_id=key.key_id,
        opts=tier.opts(parent=key),
    )
    return key


def _table(tier: Component, keys: KeyRing) -> aws.dynamodb.Table:
    site = tier.site
    return aws.dynamodb.Table(
        tier.child("room"),
        name=site.named("room"),
        billing_mode="PAY_PER_REQUEST",
        hash_key="id",
        attributes=[aws.dynamodb.TableAttributeArgs(name="id", type="S")],
        ttl=aws.dynamodb.TableTtlArgs(attribute_name="ttl", enabled=True),
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
        server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=keys.data.arn),
        deletion_protection_enabled=site.production,
        tags=tier.tags("confidential", site.named("room")),
        opts=tier.opts(),
    )


def _api(
    tier: Component, keys: KeyRing, key: aws.kms.Key, table: aws.dynamodb.Table, files: dict[str, str], log_days: int
) -> aws.lambda_.Function:
    code = Code(
        module="admission_api",
        package=PACKAGE,
        files=files,
        description="Gives places in the waiting room, and admits who is called",
        timeout=TIMEOUT,
        memory=MEMORY,
        environment={"TABLE": table.name, "KEY": key.arn},
        statements=statements(tier, keys, key.arn, ("ConditionCheckItem", "GetItem", "PutItem", "UpdateItem")),
    )
    return python_function(tier, "room-api", code, keys=keys, log_retention_days=log_days)
