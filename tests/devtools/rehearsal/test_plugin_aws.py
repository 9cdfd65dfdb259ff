"""The offline aws plugin, asked as the engine asks: what it refuses, what it would replace, what it keeps secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
import pytest

from devtools.rehearsal.plugins import AWS_VERSION
from devtools.rehearsal.plugins.aws import AwsProvider
from devtools.rehearsal.plugins.protocol import provider_pb2
from devtools.rehearsal.plugins.wire import UNKNOWN, SecretValue, decode, encode, reveal

QUEUE = "aws:sqs/queue:Queue"
TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
INSIDE = "rules[0].applyServerSideEncryptionByDefault"
ACTION = "aws:codepipeline/customActionType:CustomActionType"
CLUSTER = "aws:rds/cluster:Cluster"
ADD, DELETE, UPDATE = "ADD", "DELETE", "UPDATE"


class Aborted(Exception):
    """The plugin has answered with a gRPC error."""


class Context:
    """Stands for the gRPC context."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise Aborted(f"{code.name}: {details}")


class Asked:
    """A configured plugin, asked in plain dicts."""

    def __init__(self, region: str = "ap-south-1", **config: Any) -> None:
        self.plugin = AwsProvider()
        arguments = encode({"region": region, **config})
        self.configured = self.plugin.Configure(provider_pb2.ConfigureRequest(args=arguments), Context())

    def check(self, token: str, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None, name: str = "x") -> Any:
        request = provider_pb2.CheckRequest(urn=urn(token, name), news=encode(news), olds=encode(olds or {}))
        return self.plugin.Check(request, Context())

    def checked(
        self, token: str, news: Mapping[str, Any], olds: Mapping[str, Any] | None = None, name: str = "x"
    ) -> Any:
        answer = self.check(token, news, olds, name)
        assert not answer.failures, answer.failures
        return decode(answer.inputs)

    def reasons(self, token: str, news: Mapping[str, Any]) -> list[str]:
        return [failure.reason for failure in self.check(token, news).failures]

    def diff(
        self, token: str, old: Mapping[str, Any], new: Mapping[str, Any], state: Mapping[str, Any] | None = None
    ) -> Any:
        request = provider_pb2.DiffRequest(
            id="i", urn=urn(token), olds=encode(state or old), old_inputs=encode(old), news=encode(new)
        )
        return self.plugin.Diff(request, Context())

    def changes(self, token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
        kinds = provider_pb2.PropertyDiff.Kind
        return {path: kinds.Name(entry.kind) for path, entry in self.diff(token, old, new).detailedDiff.items()}

    def create(self, token: str, inputs: Mapping[str, Any], name: str = "x", preview: bool = False) -> Any:
        request = provider_pb2.CreateRequest(urn=urn(token, name), properties=encode(inputs), preview=preview)
        return self.plugin.Create(request, Context())

    def created(self, token: str, inputs: Mapping[str, Any], name: str = "x", preview: bool = False) -> dict[str, Any]:
        return decode(self.create(token, inputs, name, preview).properties)


def urn(token: str, name: str = "x") -> str:
    return f"urn:pulumi:dev::shop::saleday:data:DataTier${token}::{name}"


@pytest.fixture
def aws() -> Asked:
    return Asked()


def test_it_reports_the_version_it_is_installed_as(aws: Asked) -> None:
    assert aws.plugin.GetPluginInfo(None, Context()).version == AWS_VERSION
    assert aws.configured.acceptSecrets
    assert aws.configured.supportsPreview


# --- configuration


@pytest.mark.parametrize(("config", "said"), [({"region": "mumbai"}, "'mumbai'"), ({}, "aws:region <region>")])
def test_a_region_that_is_missing_or_no_region_is_one_line(
    config: dict[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    answer = AwsProvider().CheckConfig(provider_pb2.CheckRequest(news=encode(config)), Context())
    [failure] = answer.failures
    assert said in failure.reason
    with pytest.raises(Aborted, match="aws:region"):
        AwsProvider().Configure(provider_pb2.ConfigureRequest(args=encode(config)), Context())


def test_another_region_replaces_the_provider_and_other_settings_do_not(aws: Asked) -> None:
    def diff(old: dict[str, str], new: dict[str, str]) -> Any:
        request = provider_pb2.DiffRequest(old_inputs=encode(old), news=encode(new))
        return aws.plugin.DiffConfig(request, Context())

    assert list(diff({"region": "eu-west-1"}, {"region": "eu-west-2"}).replaces) == ["region"]
    assert list(diff({"region": "a", "version": "7.51.0"}, {"region": "a", "version": "7.51.1"}).diffs) == []
    tagged = diff({"region": "a"}, {"region": "a", "defaultTags": "{}"})
    assert (list(tagged.diffs), list(tagged.replaces)) == (["defaultTags"], [])


def test_resources_are_made_where_their_provider_is(aws: Asked) -> None:
    assert ":ap-south-1:" in aws.created(QUEUE, {"name": "q"})["arn"]
    assert ":us-east-1:" in Asked("us-east-1").created(QUEUE, {"name": "q"})["arn"]
    assert ":eu-west-1:" in aws.created(QUEUE, {"name": "q", "region": "eu-west-1"}, "other")["arn"]


def test_default_tags_are_on_everything_that_has_tags() -> None:
    tagged = Asked(defaultTags='{"tags": {"Owner": "shop", "Tier": "none"}}')
    answer = tagged.created(QUEUE, {"name": "q", "tags": {"Tier": "data"}})
    assert answer["tagsAll"] == {"Owner": "shop", "Tier": "data"}
    assert answer["tags"] == {"Tier": "data"}


# --- check


@pytest.mark.parametrize(
    ("token", "inputs", "reason"),
    [
        ("aws:sqs/queu:Queu", {}, "unknown resource type 'aws:sqs/queu:Queu'; did you mean aws:sqs/queue:Queue?"),
        (QUEUE, {"nam": "q"}, "nam aws:sqs/queue:Queue has no property 'nam'; did you mean name?"),
        (QUEUE, {"url": "u"}, "url is an output of aws:sqs/queue:Queue: the provider computes it, it can't be set"),
        (QUEUE, {"delaySeconds": "soon"}, "delaySeconds must be an integer, got the string 'soon'"),
        (QUEUE, {"delaySeconds": 2.5}, "delaySeconds must be an integer, got the number 2.5"),
        (QUEUE, {"fifoQueue": "yes"}, "fifoQueue must be a boolean, got the string 'yes'"),
        (QUEUE, {"tags": ["a"]}, "tags must be a map, got a list"),
        (QUEUE, {"tags": {"a": ["b"]}}, "tags.a must be a string, got a list"),
        (QUEUE, {"name": {"a": "b"}}, "name must be a string, got an object"),
        (QUEUE, {"name": "q", "namePrefix": "q-"}, "namePrefix conflicts with name: give only one of them"),
        (QUEUE, {"redrivePolicy": "{not json"}, "redrivePolicy must be a JSON document, got the string '{not json'"),
        ("aws:ec2/subnet:Subnet", {"cidrBlock": "10.0.0.0/24"}, "vpcId is required, but has no value"),
        (
            TABLE,
            {"hashKey": "id", "attributes": [{"nme": "id", "type": "S"}]},
            "attributes[0].nme aws:dynamodb/table:Table has no property 'nme' in attributes[0]; did you mean name?",
        ),
        (TABLE, {"attributes": {"name": "id", "type": "S"}}, "attributes must be a list, got an object"),
        (
            ENCRYPTION,
            {"bucket": "b", "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgoritm": "AES256"}}]},
            f"{INSIDE}.sseAlgoritm {ENCRYPTION} has no property 'sseAlgoritm' in {INSIDE}; did you mean sseAlgorithm?",
        ),
        (
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            {"securityGroupId": "sg-1", "ipProtocol": "tcp"},
            "cidrIpv4 exactly one of cidrIpv4, cidrIpv6, prefixListId, referencedSecurityGroupId is needed, none is",
        ),
        (
            CLUSTER,
            {"engine": "aurora-mysql", "manageMasterUserPassword": True, "masterPassword": "p"},
            "masterPassword conflicts with manageMasterUserPassword: give only one of them",
        ),
        (
            "aws:lambda/function:Function",
            {"role": "r", "code": "a.zip"},
            "code must be an asset, got the string 'a.zip'",
        ),
    ],
)
def test_what_the_provider_would_not_take_is_one_line_that_says_what(
    aws: Asked, token: str, inputs: dict[str, Any], reason: str
) -> None:
    reasons = aws.reasons(token, inputs)
    assert reason in reasons
    assert all("\n" not in line for line in reasons)


def test_a_deep_mistake_is_found_beyond_the_dumps_three_levels(aws: Asked) -> None:
    metric = {"cloudwatchMetricsEnabled": True, "metricName": "m", "sampledRequestsEnabled": True}
    scope = {"byteMatchStatement": {"positionalConstraint": "EXACTLY", "searchString": "/", "fieldTomatch": {}}}
    rule = {
        "name": "r",
        "priority": 1,
        "visibilityConfig": metric,
        "statement": {"rateBasedStatement": {"aggregateKeyType": "IP", "limit": 100, "scopeDownStatement": scope}},
    }
    acl = {"scope": "REGIONAL", "defaultAction": {"allow": {}}, "visibilityConfig": metric, "rules": [rule]}
    assert any("fieldTomatch" in reason and "did you mean fieldToMatch" in reason for reason in aws.reasons(
        "aws:wafv2/webAcl:WebAcl", acl
    ))  # fmt: skip


def test_unknown_values_and_spelt_out_numbers_and_booleans_pass(aws: Asked) -> None:
    news = {"name": UNKNOWN, "delaySeconds": "30", "fifoQueue": "true", "tags": UNKNOWN, "policy": UNKNOWN}
    assert aws.checked(QUEUE, news)["name"] is UNKNOWN


def test_no_reason_shows_a_secret(aws: Asked) -> None:
    wrong = {
        "masterPassword": SecretValue(["hunter2hunter2"]),
        "port": SecretValue("hunter2hunter2"),
        "engine": "aurora-mysql",
    }
    answer = aws.check(CLUSTER, wrong)
    assert len(answer.failures) == 2
    for failure in answer.failures:
        assert "hunter2" not in failure.reason
        assert not failure.property, "beside the property's name the engine prints its value"


def test_a_policy_given_as_an_object_becomes_the_document_that_is_kept(aws: Asked) -> None:
    document = {"Version": "2012-10-17", "Statement": []}
    checked = aws.checked("aws:iam/rolePolicy:RolePolicy", {"role": "r", "name": "n", "policy": document})
    assert checked["policy"] == '{"Statement":[],"Version":"2012-10-17"}'


def test_a_made_up_name_stays_and_is_noted_as_made_up(aws: Asked) -> None:
    first = aws.checked(QUEUE, {}, name="orders")
    assert first["name"].startswith("orders-")
    assert len(first["name"]) == len("orders-") + 7
    assert first["__defaults"] == ["name"]
    assert aws.checked(QUEUE, {"delaySeconds": 1}, first, name="orders")["name"] == first["name"]
    assert aws.checked(QUEUE, {"name": "own"}, name="orders")["__defaults"] == []


def test_a_successor_gets_a_made_up_name_of_its_own(aws: Asked) -> None:
    first = aws.checked(TABLE, {"hashKey": "a", "attributes": [{"name": "a", "type": "S"}]})
    changed = {"hashKey": "b", "attributes": [{"name": "b", "type": "S"}]}
    second = aws.checked(TABLE, changed, first)
    assert aws.diff(TABLE, first, second).replaces
    assert aws.checked(TABLE, changed)["name"] != first["name"], "it is made while the old one still holds its name"


def test_every_object_carries_the_bridges_note(aws: Asked) -> None:
    checked = aws.checked(TABLE, {"name": "t", "ttl": {"enabled": True}, "attributes": [{"name": "a", "type": "S"}]})
    assert checked["ttl"]["__defaults"] == checked["attributes"][0]["__defaults"] == []


# --- diff


@pytest.mark.parametrize(
    ("token", "old", "new", "changes"),
    [
        (QUEUE, {"delaySeconds": 1.0}, {"delaySeconds": 2.0}, {"delaySeconds": UPDATE}),
        (QUEUE, {"delaySeconds": 60.0}, {"delaySeconds": "60"}, {}),
        (
            QUEUE,
            {"messageRetentionSeconds": 1209600.0},
            {"messageRetentionSeconds": 1209601.0},
            {"messageRetentionSeconds": UPDATE},
        ),
        (QUEUE, {"tags": {"a": "1"}}, {"tags": {"a": "2", "b c": "3"}}, {"tags.a": UPDATE, 'tags["b c"]': ADD}),
        (QUEUE, {"tags": {"a": "1"}}, {"tags": {}}, {"tags": DELETE}),
        (QUEUE, {"tags": {}}, {}, {}),
        (QUEUE, {"name": "a"}, {"name": "b"}, {"name": "UPDATE_REPLACE"}),
        (QUEUE, {"fifoQueue": False}, {"fifoQueue": True}, {"fifoQueue": "UPDATE_REPLACE"}),
        (QUEUE, {"policy": '{"a": [1, 2]}'}, {"policy": '{ "a":[1,2] }'}, {}),
        (QUEUE, {"policy": '{"a": 1}'}, {"policy": '{"a": 2}'}, {"policy": UPDATE}),
        (QUEUE, {"delaySeconds": 1.0}, {"delaySeconds": UNKNOWN}, {"delaySeconds": UPDATE}),
        (QUEUE, {"name": "a"}, {"name": UNKNOWN}, {"name": "UPDATE_REPLACE"}),
        (QUEUE, {"kmsMasterKeyId": SecretValue("a")}, {"kmsMasterKeyId": SecretValue("a")}, {}),
        (QUEUE, {"__defaults": ["name"], "name": "a"}, {"__defaults": [], "name": "a"}, {}),
        (QUEUE, {"policy": "{}"}, {}, {}),  # computed: left to the provider again, it stays as it is
        (TABLE, {"hashKey": "a"}, {"hashKey": "b"}, {"hashKey": "UPDATE_REPLACE"}),
        (TABLE, {"ttl": {"enabled": True}}, {"ttl": {"enabled": False}}, {"ttl.enabled": UPDATE}),
        (
            TABLE,
            {"attributes": [{"name": "a", "type": "S"}, {"name": "b", "type": "S"}]},
            {"attributes": [{"name": "b", "type": "S"}, {"name": "a", "type": "S"}]},
            {},
        ),
        (
            TABLE,
            {"attributes": [{"name": "a", "type": "S"}]},
            {"attributes": [{"name": "b", "type": "S"}, {"name": "a", "type": "S"}]},
            {"attributes[0]": ADD},
        ),
        ("aws:rds/subnetGroup:SubnetGroup", {"subnetIds": ["a", "b"]}, {"subnetIds": ["b", "a"]}, {}),
        (
            CLUSTER,
            {"availabilityZones": ["a"]},
            {"availabilityZones": ["b"]},
            {"availabilityZones[0]": "UPDATE_REPLACE"},
        ),
        (BUCKET, {"region": "eu-west-1"}, {"region": "eu-west-2"}, {"region": "UPDATE_REPLACE"}),
        # The list replaces when it grows; what is inside an element speaks for itself.
        (
            ACTION,
            {"configurationProperties": [{"name": "a", "description": "b"}]},
            {"configurationProperties": [{"name": "a", "description": "c"}, {"name": "d"}]},
            {"configurationProperties[0].description": UPDATE, "configurationProperties[1]": "ADD_REPLACE"},
        ),
        (
            "aws:ecs/service:Service",
            {"loadBalancers": [{"containerName": "a", "containerPort": 1.0}]},
            {"loadBalancers": [{"containerName": "a", "containerPort": 2.0}]},
            {"loadBalancers[0].containerPort": UPDATE},
        ),
        (
            "aws:lambda/function:Function",
            {
                "code": {
                    "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
                    "hash": "1",
                    "path": "a",
                }
            },
            {
                "code": {
                    "4dabf18193072939515e22adb298388d": "0def7320c3a5731c473e5ecbe6d01bc7",
                    "hash": "2",
                    "path": "a",
                }
            },
            {"code": UPDATE},
        ),
    ],
)
def test_a_change_is_told_by_its_path_and_only_what_forces_it_replaces(
    aws: Asked, token: str, old: dict[str, Any], new: dict[str, Any], changes: dict[str, str]
) -> None:
    assert aws.changes(token, old, new) == changes


def test_only_changed_properties_can_replace(aws: Asked) -> None:
    answer = aws.diff(QUEUE, {"name": "a", "delaySeconds": 1.0}, {"name": "a", "delaySeconds": 2.0})
    assert (list(answer.diffs), list(answer.replaces)) == (["delaySeconds"], [])


def test_naming_what_the_provider_had_chosen_is_no_change(aws: Asked) -> None:
    old, new = {"bucket": "b"}, {"bucket": "b", "region": "ap-south-1"}
    assert not aws.diff(BUCKET, old, new, {"bucket": "b", "region": "ap-south-1"}).detailedDiff
    assert aws.diff(BUCKET, old, {"bucket": "b", "region": "eu-west-1"}, {"region": "ap-south-1"}).replaces


def test_ignored_changes_are_left_out(aws: Asked) -> None:
    request = provider_pb2.DiffRequest(
        id="i",
        urn=urn(QUEUE),
        old_inputs=encode({"name": "a", "tags": {"x": "1"}}),
        news=encode({"name": "b", "tags": {"x": "2"}}),
        ignoreChanges=["name", "tags.x"],
    )
    assert aws.plugin.Diff(request, Context()).changes == provider_pb2.DiffResponse.DIFF_NONE


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        ({"name": "own", "hashKey": "a"}, {"name": "own", "hashKey": "b", "__defaults": []}, True),
        ({"name": "x-1", "hashKey": "a"}, {"name": "x-1", "hashKey": "b", "__defaults": ["name"]}, False),
        ({"name": "own", "hashKey": "a"}, {"name": "new", "hashKey": "b", "__defaults": []}, False),
        ({"name": "own", "hashKey": "a"}, {"name": "own", "hashKey": "a", "__defaults": []}, False),
    ],
)
def test_a_given_name_that_stays_makes_room_before_its_successor(
    aws: Asked, old: dict[str, Any], new: dict[str, Any], first: bool
) -> None:
    assert aws.diff(TABLE, old, new).deleteBeforeReplace is first


# --- create, update, read, delete


def test_a_preview_echoes_inputs_and_leaves_the_rest_unknown(aws: Asked) -> None:
    answer = aws.created(QUEUE, {"name": "q", "kmsMasterKeyId": UNKNOWN, "tags": {"a": UNKNOWN}}, preview=True)
    assert answer["name"] == "q"
    assert answer["arn"] is answer["url"] is answer["kmsMasterKeyId"] is UNKNOWN
    assert answer["tagsAll"] == {"a": UNKNOWN}


def test_after_creation_nothing_is_unknown_and_the_same_again_is_the_same(aws: Asked) -> None:
    answer = aws.create(QUEUE, {"name": "q"})
    assert answer.id == "https://sqs.ap-south-1.amazonaws.com/123456789012/q"
    assert UNKNOWN not in decode(answer.properties).values()
    assert Asked().create(QUEUE, {"name": "q"}) == answer


def test_a_refresh_finds_what_the_state_holds(aws: Asked) -> None:
    state = aws.create(QUEUE, {"name": "q", "kmsMasterKeyId": SecretValue("k")}).properties
    inputs = encode({"name": "q"})
    request = provider_pb2.ReadRequest(id="i", urn=urn(QUEUE), properties=state, inputs=inputs)
    answer = aws.plugin.Read(request, Context())
    assert (answer.id, answer.properties, answer.inputs) == ("i", state, inputs)


def test_something_that_exists_elsewhere_can_be_looked_up_by_its_id(aws: Asked) -> None:
    token = "aws:ec2/vpc:Vpc"
    answer = decode(aws.plugin.Read(provider_pb2.ReadRequest(id="vpc-1", urn=urn(token)), Context()).properties)
    assert answer["id"] == "vpc-1"
    assert answer["mainRouteTableId"].startswith("rtb-")


def update(aws: Asked, token: str, olds: dict[str, Any], news: dict[str, Any], preview: bool = False) -> dict[str, Any]:
    request = provider_pb2.UpdateRequest(
        id=olds.get("id", "i"), urn=urn(token), olds=encode(olds), news=encode(news), preview=preview
    )
    return decode(aws.plugin.Update(request, Context()).properties)


def test_an_update_changes_inputs_and_keeps_what_was_computed(aws: Asked) -> None:
    before = aws.created(CLUSTER, {"clusterIdentifier": "c", "engine": "aurora-mysql"})
    news = {"clusterIdentifier": "c", "engine": "aurora-mysql", "backupRetentionPeriod": 14.0}
    for preview in (True, False):
        after = update(aws, CLUSTER, before, news, preview)
        assert after["backupRetentionPeriod"] == 14
        assert after["endpoint"] == before["endpoint"], f"preview={preview}"


def test_a_version_that_any_update_moves_is_unknown_until_then(aws: Asked) -> None:
    token = "aws:ec2/launchTemplate:LaunchTemplate"
    before = aws.created(token, {"name": "t"})
    assert update(aws, token, before, {"name": "t", "imageId": "ami-1"}, preview=True)["latestVersion"] is UNKNOWN
    assert update(aws, token, before, {"name": "t", "imageId": "ami-1"})["latestVersion"] == 2


def test_a_replacement_has_another_id(aws: Asked) -> None:
    token = "aws:ec2/vpc:Vpc"
    first = aws.create(token, {"cidrBlock": "10.0.0.0/16"})
    request = provider_pb2.DiffRequest(
        id=first.id, urn=urn(token), olds=first.properties,
        old_inputs=encode({"cidrBlock": "10.0.0.0/16"}), news=encode({"cidrBlock": "10.1.0.0/16"}),
    )  # fmt: skip
    assert aws.plugin.Diff(request, Context()).replaces
    assert aws.create(token, {"cidrBlock": "10.1.0.0/16"}).id != first.id


# --- secrets


def test_secrets_stay_secret_on_their_way_through(aws: Asked) -> None:
    checked = aws.checked(
        CLUSTER, {"engine": "aurora-mysql", "clusterIdentifier": "c", "masterPassword": SecretValue("hunter2hunter2")}
    )
    assert isinstance(checked["masterPassword"], SecretValue)
    answer = aws.created(CLUSTER, checked)
    assert isinstance(answer["masterPassword"], SecretValue)
    assert reveal(answer["masterPassword"]) == "hunter2hunter2"
    open_text = str({name: value for name, value in answer.items() if not isinstance(value, SecretValue)})
    assert "hunter2" not in open_text


def test_what_the_provider_calls_sensitive_is_secret_even_if_given_in_the_open(aws: Asked) -> None:
    answer = aws.created(CLUSTER, {"engine": "aurora-mysql", "clusterIdentifier": "c", "masterPassword": "hunter2"})
    assert isinstance(answer["masterPassword"], SecretValue)


def test_a_secret_inside_a_map_or_a_name_is_not_quoted_in_the_open(aws: Asked) -> None:
    answer = aws.created(
        QUEUE, {"name": SecretValue("confidential-name"), "tags": {"a": "b", "c": SecretValue("confidential-tag")}}
    )
    assert isinstance(answer["arn"], SecretValue), "an ARN quotes the name"
    assert isinstance(answer["tags"]["c"], SecretValue)
    assert isinstance(answer["tagsAll"], SecretValue)
    open_text = str({name: v for name, v in answer.items() if not isinstance(v, (SecretValue, dict)) and name != "id"})
    assert "confidential" not in open_text


def test_values_survive_the_wire() -> None:
    values = {
        "a": [1.0, {"b": None, "c": UNKNOWN}],
        "d": SecretValue({"e": [SecretValue("f")]}),
        "g": {},
        "h": [],
        "i": True,
        "j": "",
    }
    assert decode(encode(values)) == values


# --- duplicates


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (BUCKET, {"bucket": "shop"}),
        (GROUP, {"name": "/shop"}),
        (QUEUE, {"name": "orders"}),
        ("aws:iam/role:Role", {"name": "task", "assumeRolePolicy": "{}"}),
        ("aws:iam/rolePolicy:RolePolicy", {"name": "p", "role": "task", "policy": "{}"}),
        ("aws:lb/targetGroup:TargetGroup", {"name": "cart"}),
        ("aws:lb/listener:Listener", {"loadBalancerArn": "arn:1", "port": 443.0}),
        ("aws:secretsmanager/secret:Secret", {"name": "shop"}),
        ("aws:wafv2/webAcl:WebAcl", {"name": "edge", "scope": "REGIONAL"}),
        ("aws:ec2/securityGroup:SecurityGroup", {"name": "app", "vpcId": "vpc-1"}),
        ("aws:ec2/subnet:Subnet", {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}),
        ("aws:kms/alias:Alias", {"name": "alias/shop", "targetKeyId": "k"}),
        ("aws:cloudwatch/metricAlarm:MetricAlarm", {"name": "5xx"}),
    ],
)
def test_a_second_thing_of_the_same_identity_fails_as_it_would_at_aws(
    aws: Asked, token: str, inputs: dict[str, Any]
) -> None:
    aws.create(token, inputs, "first")
    with pytest.raises(Aborted, match=r"ALREADY_EXISTS: .* is made twice: 'first' holds that identity already"):
        aws.create(token, inputs, "second")


@pytest.mark.parametrize(
    ("token", "one", "other"),
    [
        (GROUP, {"name": "/shop"}, {"name": "/shop", "region": "eu-west-1"}),
        ("aws:ec2/securityGroup:SecurityGroup", {"name": "a", "vpcId": "vpc-1"}, {"name": "a", "vpcId": "vpc-2"}),
        ("aws:ec2/vpc:Vpc", {"cidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/16"}),
        ("aws:ec2/eip:Eip", {}, {}),
        ("aws:ecs/taskDefinition:TaskDefinition", {"family": "f"}, {"family": "f"}),
        (
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            {"role": "r", "policyArn": "p"},
            {"role": "r", "policyArn": "p"},
        ),
        ("aws:lb/listenerRule:ListenerRule", {"listenerArn": "l"}, {"listenerArn": "l"}),
        ("aws:wafv2/ipSet:IpSet", {"name": "s", "scope": "REGIONAL"}, {"name": "s", "scope": "CLOUDFRONT"}),
    ],
)
def test_what_aws_takes_twice_is_no_duplicate(
    aws: Asked, token: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    aws.create(token, one, "first")
    aws.create(token, other, "second")


def test_a_global_name_is_taken_in_every_region(aws: Asked) -> None:
    aws.create(BUCKET, {"bucket": "shop"}, "first")
    with pytest.raises(Aborted):
        aws.create(BUCKET, {"bucket": "shop", "region": "eu-west-1"}, "second")


def test_a_replacement_may_hold_its_name_twice_and_a_deleted_name_is_free(aws: Asked) -> None:
    made = aws.create(QUEUE, {"name": "q"}, "first")
    aws.create(QUEUE, {"name": "q"}, "first")
    aws.plugin.Delete(provider_pb2.DeleteRequest(id=made.id, urn=urn(QUEUE, "first")), Context())
    aws.create(QUEUE, {"name": "q"}, "second")


# --- functions


def test_a_function_answers_and_an_unknown_one_fails_clearly(aws: Asked) -> None:
    def ask(token: str, **arguments: Any) -> Any:
        return aws.plugin.Invoke(provider_pb2.InvokeRequest(tok=token, args=encode(arguments)), Context())

    answer = ask("aws:index/getCallerIdentity:getCallerIdentity")
    assert decode(getattr(answer, "return"))["accountId"] == "123456789012"
    [failure] = ask("aws:ec2/getVpc:getVpc").failures
    assert "no answer to the function 'aws:ec2/getVpc:getVpc'" in failure.reason
    [failure] = ask("aws:ssm/getParameter:getParameter", name="/own").failures
    assert "'/own'" in failure.reason
