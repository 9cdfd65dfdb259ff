"""Signature Version 4A: the key that AWS's own library derives, and signatures that another library verifies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from functions import sigv4a

# aws-c-auth, tests/key_derivation_tests.c: the known key of made-up credentials.
ACCESS, SECRET = "AKISORANDOMAASORANDOM", "q+jcrXGc+0zWN6uzclKVhvMmUsIfRPa4rlRandom"
PRIVATE = 0x7FD3BD010C0D9C292141C2B77BFBDE1042C92E6836FFF749D1269EC890FCA1BD


def test_the_signing_key_is_the_one_that_aws_derives() -> None:
    private = sigv4a.private_key(ACCESS, SECRET)
    numbers = ec.derive_private_key(private, ec.SECP256R1()).public_key().public_numbers()
    assert private == PRIVATE
    assert sigv4a.public_key(private) == (numbers.x, numbers.y)


def test_signatures_verify_and_others_do_not() -> None:
    public = ec.derive_private_key(PRIVATE, ec.SECP256R1()).public_key()
    for message in (b"", b"one", b"x" * 1000):
        signature = sigv4a.sign(PRIVATE, message)
        public.verify(signature, message, ec.ECDSA(SHA256()))
        with pytest.raises(InvalidSignature):
            public.verify(signature, message + b".", ec.ECDSA(SHA256()))


def test_a_request_is_signed_for_every_region_with_the_sessions_token() -> None:
    signed = sigv4a.headers(
        method="PUT", host="123.example", path="/key-value-stores/arn%3Aaws/keys/state", body=b"{}",
        given={"If-Match": "E1"}, service="cloudfront-keyvaluestore", regions="*",
        credentials=(ACCESS, SECRET, "session"), now=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
    )  # fmt: skip
    assert signed["x-amz-date"] == "20300102T030405Z"
    names = "host;if-match;x-amz-date;x-amz-region-set;x-amz-security-token"
    start = f"{sigv4a.ALGORITHM} Credential={ACCESS}/20300102/cloudfront-keyvaluestore/aws4_request"
    assert signed["authorization"].startswith(f"{start}, SignedHeaders={names}, Signature=30")
