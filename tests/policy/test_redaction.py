"""No message tells a secret, and none loses a word of its own to one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policy.pack.__main__ import main
from policy.pack.redaction import STRUCK, Secrets, templates
from policy.pack.registry import SHIPPED
from tests.policy.harness import It, ask, ask_all, secret
from tests.policy.states import exported

CLUSTER = It("aws:rds/cluster:Cluster", "db", {"engine": "aurora-mysql"})


def open_secret(value: Any) -> dict[str, Any]:
    """A secret in a state that was exported with its secrets shown."""
    sealed = secret(None)
    del sealed["value"]
    return {**sealed, "plaintext": json.dumps(value)}


def listener(policy: Any) -> It:
    return It("aws:lb/listener:Listener", "tls", {"protocol": "HTTPS", "sslPolicy": policy})


def group(port: Any, **more: Any) -> It:
    rule = {"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": ["0.0.0.0/0"], **more}
    return It("aws:ec2/securityGroup:SecurityGroup", "open", {"ingress": [rule]})


@pytest.mark.parametrize("word", ["password", "master", "given", "manage_master_user_password", "secret", "RDS", "a"])
def test_a_secret_that_is_a_word_of_the_message_garbles_nothing(word: str) -> None:
    plain = ask("rds-managed-secret", CLUSTER.but(masterPassword="x9!"))
    sealed = ask("rds-managed-secret", CLUSTER.but(masterPassword=secret(word)))
    assert sealed.messages == plain.messages


def test_a_value_that_a_rule_puts_in_is_struck_out() -> None:
    (message,) = ask("alb-tls-policy", listener(secret("ELBSecurityPolicy-2016-08"))).messages
    assert f"uses the policy {STRUCK}" in message
    assert "2016-08" not in message


def test_a_short_value_is_struck_out_where_it_stands_alone() -> None:
    (message,) = ask("alb-tls-policy", listener(secret("uses"))).messages
    assert f"uses the policy {STRUCK}" in message


@pytest.mark.parametrize("port", [4711, "4711", 22])
def test_a_number_is_struck_out_too(port: Any) -> None:
    told = ask("sg-no-public-ingress", group(secret(port))).messages
    assert told
    assert STRUCK in told[0]
    assert not any(str(port) in message for message in told)


def test_a_number_inside_of_another_stays() -> None:
    told = ask("sg-no-public-ingress", group(14711, description=secret("4711"))).messages
    assert "14711" in told[0]


def test_a_resource_keeps_its_name_though_it_is_a_secret_somewhere(
    capsys: pytest.CaptureFixture[str], tmp_path: Any
) -> None:
    named = It(
        "aws:rds/cluster:Cluster", "wordpress", {"engine": "aurora-mysql", "tags": open_secret({"n": "wordpress"})}
    )
    path = tmp_path / "state.json"
    path.write_text(json.dumps(exported(named)))
    main([str(path)])
    assert "rds-managed-secret: wordpress:" in capsys.readouterr().out


def test_every_message_is_told_the_same_whatever_common_word_is_secret() -> None:
    """Of a stack with many faults, with secrets that are the pack's own words."""
    stack = (
        CLUSTER,
        group(5432),
        listener("ELBSecurityPolicy-2016-08"),
        It("aws:sqs/queue:Queue", "orders", {}),
        It("aws:kms/key:Key", "data", {"enableKeyRotation": False}),
    )
    rules = [rule.name for rule in SHIPPED if rule.name != "waivers-valid"]
    plain = ask_all(rules, *stack).messages
    held = It("aws:ssm/parameter:Parameter", "p", {"type": "SecureString", "value": secret("none")})
    for word in ("none", "is", "the", "and", "key", "tags", "encrypted", "internet"):
        told = ask_all(rules, *stack, held.but(value=secret(word))).messages
        assert [message for message in told if "parameter p" not in message and ": p:" not in message] == plain


def test_the_longest_message_of_the_pack_fits_its_own_template() -> None:
    assert len(templates()) > 200


@given(value=st.text(min_size=1, max_size=12))
def test_no_value_that_is_put_in_comes_out(value: str) -> None:
    assume(not any(template.pattern.fullmatch(value) for template in templates()))  # the pack's own words stay
    secrets = Secrets()
    secrets.note(value)
    told = secrets.redacted(f"uses the policy {value}")
    assert told.startswith("uses the policy ")
    assert not value.strip() or value not in told.removeprefix("uses the policy ").replace(STRUCK, "")


def test_a_document_is_struck_out_word_by_word() -> None:
    secrets = Secrets()
    secrets.note(json.dumps({"user": "app", "pin": 4711, "token": "f00dfeed"}))
    assert secrets.redacted("reads f00dfeed and 4711 of app") == f"reads {STRUCK} and {STRUCK} of app"
