"""The offline aws plugin, asked as the engine asks: what it refuses, what it would replace, what it keeps secret."""

from __future__ import annotations

from typing import Any

import pytest

from devtools.rehearsal.plugins import AWS_VERSION
from devtools.rehearsal.plugins.aws import AwsProvider
from devtools.rehearsal.plugins.protocol import provider_pb2
from devtools.rehearsal.plugins.wire import UNKNOWN, SecretValue, decode, encode, reveal
from tests.devtools.rehearsal.asked_plugin import CLUSTER, QUEUE, Aborted, Asked, Context, urn


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
