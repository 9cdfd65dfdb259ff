"""Signature Version 4A, which the data plane of CloudFront's key-value stores wants and Lambda's own SDK lacks.

ECDSA over P-256 with a key derived from the caller's secret (AWS IAM User Guide, "AWS Signature Version 4 for API
requests"; aws-c-auth, `key_derivation.c`). In plain Python, as the extension of the SDK that does it (awscrt) is a
binary for each machine, and functions are text. One signature takes some ten milliseconds.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import urllib.parse
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

ALGORITHM: Final = "AWS4-ECDSA-P256-SHA256"
# NIST P-256 (SEC 2, section 2.4.2).
_P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_G: Final = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int]


def private_key(access_key: str, secret: str) -> int:
    """The signing key of a caller's credentials (NIST SP 800-108, counter mode)."""
    for counter in range(1, 255):
        fixed = ALGORITHM.encode() + b"\0" + access_key.encode() + bytes([counter]) + (256).to_bytes(4, "big")
        digest = hmac.digest(b"AWS4A" + secret.encode(), (1).to_bytes(4, "big") + fixed, "sha256")
        candidate = int.from_bytes(digest, "big")
        if candidate <= _N - 2:
            return candidate + 1
    raise ValueError("no signing key follows from these credentials")


def public_key(private: int) -> Point:
    return _times(private, _G)


def sign(private: int, message: bytes) -> bytes:
    """ECDSA with SHA-256, in DER."""
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    while True:
        nonce = secrets.randbelow(_N - 1) + 1
        r = _times(nonce, _G)[0] % _N
        s = pow(nonce, -1, _N) * (digest + r * private) % _N
        if r and s:
            body = _integer(r) + _integer(s)
            return b"\x30" + bytes([len(body)]) + body


def headers(
    *, method: str, host: str, path: str, body: bytes, given: Mapping[str, str], service: str, regions: str,
    credentials: tuple[str, str, str | None], now: datetime,
) -> dict[str, str]:  # fmt: skip
    """The headers of a signed request: those given, and its signature. `path` is as it is sent, percent-encoded."""
    access_key, secret, session_token = credentials
    moment = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    signed = {
        **{name.lower(): value for name, value in given.items()},
        "host": host,
        "x-amz-date": moment,
        "x-amz-region-set": regions,
        **({"x-amz-security-token": session_token} if session_token else {}),
    }
    names = ";".join(sorted(signed))
    canonical = "\n".join(
        (
            method,
            urllib.parse.quote(path, safe="/~"),
            "",
            *(f"{name}:{signed[name].strip()}" for name in sorted(signed)),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        )
    )
    scope = f"{moment[:8]}/{service}/aws4_request"
    text = "\n".join((ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = sign(private_key(access_key, secret), text.encode()).hex()
    signed["authorization"] = (
        f"{ALGORITHM} Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return signed


def _times(scalar: int, point: Point) -> Point:
    """Montgomery's ladder: as many steps whatever the scalar is."""
    low: Point | None = None
    high: Point | None = point
    for bit in range(255, -1, -1):
        if scalar >> bit & 1:
            low, high = _plus(low, high), _plus(high, high)
        else:
            low, high = _plus(low, low), _plus(low, high)
    assert low is not None, "a scalar of the group's order"
    return low


def _plus(one: Point | None, other: Point | None) -> Point | None:
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % _P == 0:
            return None
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, _P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, _P)
    x = (slope * slope - one[0] - other[0]) % _P
    return x, (slope * (one[0] - x) - one[1]) % _P


def _integer(value: int) -> bytes:
    raw = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(raw)]) + raw
