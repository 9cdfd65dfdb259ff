"""The certificate: signed, verified, and refused for any other byte, key, revision or stack."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from moto import mock_aws
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey

from readiness import page, statement
from readiness.evidence import Evidence, read
from readiness.facts import Facts
from readiness.items import items
from settings.stack_file import BadInput
from tests.readiness.test_items import EVIDENCE, FACTS


@pytest.fixture
def signer(tmp_path: Path):
    return statement.signer("", tmp_path / "key.pem")


@pytest.fixture
def certificate(tmp_path: Path, signer) -> Path:
    file = tmp_path / "ready.json"
    file.write_bytes(statement.signed(content(), signer))
    return file


def content(facts: Facts = FACTS) -> dict[str, Any]:
    listed = items(facts, Evidence.model_validate(EVIDENCE))
    return statement.statement(facts, listed, "2030-10-12T10:00:00+05:30")


def test_what_was_signed_is_read_back(certificate, signer):
    assert statement.verified(certificate, statement.public_pem(signer)) == content()


def test_one_altered_byte_is_refused_wherever_it_is(certificate, signer):
    public, given = statement.public_pem(signer), certificate.read_bytes()
    draw = random.Random(1)
    places = {*range(40), *range(len(given) - 200, len(given)), *draw.sample(range(len(given)), 150)}
    for place in sorted(places):
        altered = bytearray(given)
        altered[place] ^= draw.choice([1, 2, 4, 8, 16, 32, 64])
        certificate.write_bytes(altered)
        with pytest.raises(BadInput, match="is not what was signed"):
            statement.verified(certificate, public)


def test_a_byte_more_is_refused(certificate, signer):
    certificate.write_bytes(certificate.read_bytes() + b"\n")
    with pytest.raises(BadInput, match="is not what was signed"):
        statement.verified(certificate, statement.public_pem(signer))


def test_a_signature_of_another_key_is_refused(certificate):
    with pytest.raises(BadInput, match="not by this key"):
        statement.verified(certificate, statement.public_pem(CryptoSigner.generate_ed25519()))


def test_a_key_is_made_once_and_for_its_owner_alone(tmp_path):
    first, second = (statement.signer("", tmp_path / "new" / "key.pem") for _ in range(2))
    assert first.public_key == second.public_key
    assert (tmp_path / "new" / "key.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_keys_of_other_kinds_sign_too(kind, tmp_path, certificate):
    made = getattr(CryptoSigner, f"generate_{kind}")()
    (tmp_path / "own.pem").write_bytes(made.private_bytes)
    signer = statement.signer(str(tmp_path / "own.pem"), tmp_path / "unused")
    certificate.write_bytes(statement.signed(content(), signer))
    assert statement.verified(certificate, statement.public_pem(signer)) == content()


def test_a_key_of_kms_signs(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    with mock_aws():
        kms = boto3.client("kms")
        key = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["KeyId"]
        signer = statement.signer(f"awskms:{key}", Path("unused"))
        envelope = Envelope.from_dict(json.loads(statement.signed(content(), signer)))
        (signature,) = envelope.signatures.values()
        # Moto hashes a digest once more, so that it alone can verify what it has signed.
        digest = hashlib.sha256(envelope.pae()).digest()
        verified = kms.verify(
            KeyId=key,
            Message=digest,
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
            Signature=bytes.fromhex(signature.signature),
        )
    assert verified["SignatureValid"]
    assert signature.keyid == SSlibKey.from_crypto(load_pem_public_key(statement.public_pem(signer))).keyid


@pytest.mark.parametrize("text", ["", "not a key"])
def test_what_is_no_key_is_refused(text, tmp_path, certificate):
    (tmp_path / "bad.pem").write_text(text)
    with pytest.raises(BadInput, match=r"^KEY: has to be a private key in PEM"):
        statement.signer(str(tmp_path / "bad.pem"), tmp_path / "unused")
    with pytest.raises(BadInput, match=r"^KEY: has to be a public key in PEM"):
        statement.verified(certificate, text.encode())


OTHERS = {
    "stack": ("certifies STACK prod", {"stack": "dev"}),
    "event": ("certifies EVENT diwali", {"event": "eid"}),
    "revision": ("certifies the revision aaaa", {"revision": "b" * 40}),
    "settings": ("certifies Pulumi.prod.yaml sha256:0000", {"digest": "sha256:" + "1" * 64}),
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_certificate_of_another_is_refused(what):
    here = {"stack": "prod", "event": "diwali", "revision": "a" * 40, "digest": "sha256:" + "0" * 64}
    statement.check_subject(content(), **here)
    told, change = OTHERS[what]
    with pytest.raises(BadInput, match=told):
        statement.check_subject(content(), **{**here, **change})


def test_what_has_ended_since_is_named():
    assert statement.expired(content(), date(2030, 10, 12)) == []
    assert "alarms tested ended on 2030-11-09" in statement.expired(content(), date(2030, 11, 10))


def test_the_page_tells_the_worst_first_and_what_to_do(signer):
    told = content(replace(FACTS, short=("ui",), advised=("tags",)))
    shown = page.page(told, signer.public_key.keyid)
    assert "diwali on prod: not ready" in shown
    assert shown.index("margins") < shown.index("policy verdict") < shown.index("freeze")
    assert "raise saleEvents[].headroom" in shown


WRONG = {
    "a field that there is not": ({"alarms": {}}, "alarms"),
    "no date": ({"alarmsTested": {"by": "asha"}}, "alarmsTested.date"),
    "a digest that is none": ({"loadTests": [{**EVIDENCE["loadTests"][0], "digest": "x"}]}, "loadTests.0.digest"),
}


@pytest.mark.parametrize("name", WRONG)
def test_evidence_that_says_something_else_is_one_line(name, tmp_path):
    given, place = WRONG[name]
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "prod.yaml").write_text(json.dumps(given))
    with pytest.raises(BadInput, match=rf"^evidence/prod.yaml: {place}: ") as refused:
        read("prod", tmp_path)
    assert "\n" not in str(refused.value)


def test_a_stack_without_evidence_has_none(tmp_path):
    assert read("prod", tmp_path) == Evidence()
