"""The provider's facts: the dump and the SDK joined, so that the unknown is noticed and what replaces is told."""

from __future__ import annotations

import gzip
import importlib.metadata
import json
import re
from collections.abc import Mapping

import pytest

from devtools.paths import REPO_ROOT
from devtools.rehearsal import make_overlay, schema
from devtools.rehearsal.plugins import AWS_VERSION, AWSX_VERSION
from devtools.sdk import Sdk


@pytest.fixture(scope="module")
def modules() -> dict[str, make_overlay.Module]:
    return make_overlay.read_sdk(Sdk())


def test_the_committed_overlay_is_what_the_generator_yields(modules: dict[str, make_overlay.Module]) -> None:
    with gzip.open(make_overlay.OVERLAY, "rt", encoding="utf-8") as committed:
        assert json.load(committed) == make_overlay.overlay(modules), "run python -m devtools.rehearsal.make_overlay"


def test_overlay_plugins_and_requirements_speak_of_the_same_releases() -> None:
    pins = dict(re.findall(r"^(pulumi-awsx?)==(\S+)$", (REPO_ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert pins == {"pulumi-aws": AWS_VERSION, "pulumi-awsx": AWSX_VERSION}
    assert schema.sdk_version() == importlib.metadata.version("pulumi-aws") == AWS_VERSION


def test_every_input_of_the_dump_is_reached_under_some_name_of_the_sdk(
    modules: dict[str, make_overlay.Module],
) -> None:
    dump = json.loads(gzip.decompress(make_overlay.DUMP.read_bytes()))
    assert make_overlay.unexplained(modules, dump) == []
    dump["aws:sqs/queue:Queue"]["visibility"] = {"optional": True, "type": "Int"}
    assert make_overlay.unexplained(modules, dump) == ["aws:sqs/queue:Queue visibility"], (
        "the check must be able to fail"
    )


def test_the_real_provider_judged_533_types_and_the_sdk_knows_the_rest() -> None:
    measured = list(schema.measured_tokens())
    assert len(measured) == 533
    assert len(schema.known_tokens()) > 1700
    assert all(schema.resource_type(token).measured for token in measured)
    fleet = schema.resource_type("aws:gamelift/fleet:Fleet")
    assert not fleet.measured
    assert fleet.properties["ec2InstanceType"].required


@pytest.mark.parametrize(
    ("token", "name", "replaces"),
    [
        ("aws:cloudwatch/metricAlarm:MetricAlarm", "name", True),
        ("aws:lambda/function:Function", "name", True),
        ("aws:lambda/permission:Permission", "function", True),
        ("aws:sns/topicSubscription:TopicSubscription", "topic", True),
        ("aws:dynamodb/table:Table", "localSecondaryIndexes", True),
        ("aws:dynamodb/table:Table", "globalSecondaryIndexes", False),
        ("aws:ec2/securityGroup:SecurityGroup", "ingress", False),
        ("aws:route53/record:Record", "name", True),
        ("aws:ec2/route:Route", "destinationCidrBlock", True),
        ("aws:ec2/route:Route", "gatewayId", False),
        ("aws:ec2/instance:Instance", "subnetId", True),
        ("aws:rds/cluster:Cluster", "masterUsername", True),
        ("aws:sqs/queue:Queue", "tags", False),
    ],
)
def test_a_property_has_the_providers_facts_under_its_pulumi_name(token: str, name: str, replaces: bool) -> None:
    kind = schema.resource_type(token)
    assert kind.measured
    assert kind.properties[name].replaces is replaces


def test_a_namesake_of_another_service_does_not_lend_its_facts() -> None:
    instance = schema.resource_type("aws:servicediscovery/instance:Instance")
    assert not instance.measured, "the dump has EC2's instance under this token"
    assert set(instance.properties) >= {"instanceId", "serviceId", "attributes"}
    assert "subnetId" not in instance.properties


def test_another_region_replaces_whatever_lives_in_one() -> None:
    assert schema.resource_type("aws:s3/bucket:Bucket").properties["region"].replaces


def inside(prop: schema.SchemaProperty) -> Mapping[str, schema.SchemaProperty]:
    assert prop.fields is not None, prop.name
    return prop.fields


def test_nested_properties_keep_their_facts_three_levels_down() -> None:
    encryption = schema.resource_type("aws:s3/bucket:Bucket").properties["serverSideEncryptionConfiguration"]
    default = inside(inside(encryption)["rule"])["applyServerSideEncryptionByDefault"]
    assert inside(default)["sseAlgorithm"].required


def test_deeper_than_the_dump_the_sdk_still_knows_the_shape() -> None:
    acl = schema.resource_type("aws:wafv2/webAcl:WebAcl")
    statement = inside(acl.properties["rules"].element)["statement"]
    for name in ("rateBasedStatement", "scopeDownStatement", "notStatement", "statement"):
        statement = inside(statement)[name]
    inner = inside(statement.element if statement.kind == "list" else statement)
    assert "byteMatchStatement" in inner
    assert "byteMatch" not in inner


@pytest.mark.parametrize(
    ("alias", "token"),
    [
        ("aws:alb/listener:Listener", "aws:lb/listener:Listener"),
        ("aws:s3/bucketV2:BucketV2", "aws:s3/bucket:Bucket"),
        ("aws:s3/bucketVersioningV2:BucketVersioningV2", "aws:s3/bucketVersioning:BucketVersioning"),
    ],
)
def test_an_older_token_has_the_facts_of_the_current_one(alias: str, token: str) -> None:
    old, new = schema.resource_type(alias), schema.resource_type(token)
    assert old.measured
    assert old.short == new.short
    shared = set(old.properties) & set(new.properties)
    assert {name: old.properties[name].replaces for name in shared} == {
        name: new.properties[name].replaces for name in shared
    }


@pytest.mark.parametrize(
    "token", ["aws:s3/bukket:Bukket", "aws:s3", "gcp:storage/bucket:Bucket", "aws:nothing/at:All", ""]
)
def test_an_unknown_type_is_an_error_that_names_it(token: str) -> None:
    with pytest.raises(schema.UnknownTypeError, match=re.escape(repr(token))):
        schema.resource_type(token)


def test_an_unknown_type_comes_with_the_nearest_name() -> None:
    with pytest.raises(schema.UnknownTypeError, match="did you mean aws:sqs/queue:Queue"):
        schema.resource_type("aws:sqs/queu:Queu")


@pytest.mark.parametrize(
    ("token", "prop"),
    [
        ("aws:s3/bucket:Bucket", "bucket"),
        ("aws:rds/cluster:Cluster", "clusterIdentifier"),
        ("aws:iam/role:Role", "name"),
        ("aws:ec2/vpc:Vpc", None),
        ("aws:route53/record:Record", None),
        ("aws:ecs/taskDefinition:TaskDefinition", None),
    ],
)
def test_the_property_that_pulumi_names_by_itself_is_known(token: str, prop: str | None) -> None:
    assert schema.resource_type(token).auto_named == prop


def test_sensitive_properties_are_told() -> None:
    assert "masterPassword" in schema.resource_type("aws:rds/cluster:Cluster").sensitive
    assert not schema.resource_type("aws:ec2/vpc:Vpc").sensitive
