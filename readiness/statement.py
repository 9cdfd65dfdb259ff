"""The certificate: an in-toto statement (v1) in a DSSE envelope, signed by a local key or one of AWS KMS.

Verification reads nothing but bytes as they were written: a file that says the same in other bytes is refused too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error as SslibError
from securesystemslib.signer import AWSSigner, CryptoSigner, Signer, SSlibKey

from readiness.facts import Facts
from readiness.items import Item, worst
from settings.stack_file import BadInput

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
STATEMENT: Final = "https://in-toto.io/Statement/v1"
PREDICATE: Final = "https://saleday.dev/readiness/v1"
KMS: Final = "awskms:"


def statement(facts: Facts, found: Sequence[Item], made: str) -> dict[str, Any]:
    """What is signed."""
    expiries = [one.expires for one in found if one.expires is not None and one.state != "red"]
    return {
        "_type": STATEMENT,
        "subject": [
            {"name": "revision", "digest": {"gitCommit": facts.revision}},
            {"name": f"Pulumi.{facts.stack}.yaml", "digest": {"sha256": facts.settings_digest.partition(":")[2]}},
            {"name": "graph", "digest": {"sha256": facts.graph_digest.partition(":")[2]}},
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "stack": facts.stack,
            "event": facts.event,
            "made": made,
            "state": worst(found),
            "holdsUntil": min(expiries).isoformat() if expiries else None,
            "items": [_told(one) for one in found],
        },
    }


def _told(item: Item) -> dict[str, Any]:
    said = {"name": item.name, "state": item.state, "told": item.told}
    if item.remedy:
        said["remedy"] = item.remedy
    return said if item.expires is None else {**said, "expires": item.expires.isoformat()}


def signer(key: str, kept: Path) -> Signer:
    """The signer of `key`: `awskms:` and a key's id, alias or ARN, or a PEM file. Without one, a key of this machine,
    which is made where there is none. Raises BadInput.
    """
    if key.startswith(KMS):
        uri, public = AWSSigner.import_(key.removeprefix(KMS))
        # Named as a reader of the PEM file names it.
        own = SSlibKey.from_crypto(load_pem_public_key(public.keyval["public"].encode()), scheme=public.scheme)
        return Signer.from_priv_key_uri(uri, own)
    file = Path(key) if key else kept
    if not key and not file.exists():
        made = CryptoSigner.generate_ed25519()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_bytes(made.private_bytes)
    try:
        return CryptoSigner(load_pem_private_key(file.read_bytes(), None))
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(f"KEY: has to be a private key in PEM, or awskms:<key> (got {file}: {told})") from None


def signed(content: Mapping[str, Any], signer: Signer) -> bytes:
    """The envelope's bytes."""
    envelope = Envelope(json.dumps(content, sort_keys=True).encode(), PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return _bytes(envelope)


def public_pem(signer: Signer) -> bytes:
    """What verifies the signer's work."""
    public = signer.public_key
    assert isinstance(public, SSlibKey)
    return public.keyval["public"].encode() if "BEGIN" in public.keyval["public"] else _pem(public)


def _pem(public: SSlibKey) -> bytes:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public.keyval["public"]))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def verified(file: Path, public: bytes) -> dict[str, Any]:
    """The statement in a file, by a public key. Raises BadInput for any other signature, and for other bytes."""
    try:
        key = SSlibKey.from_crypto(load_pem_public_key(public))
    except (ValueError, UnsupportedAlgorithm):
        raise BadInput("KEY: has to be a public key in PEM (got something else)") from None
    refused = BadInput(f"FROM: {file.name} is not what was signed, or not by this key; make ready again")
    try:
        given = file.read_bytes()
        envelope = Envelope.from_dict(json.loads(given))
        envelope.verify([key], 1)
    except OSError as error:
        raise BadInput(f"FROM: has to be a certificate of make ready (got {file}: {error.strerror})") from None
    except (SslibError, ValueError, KeyError, TypeError, AttributeError):
        raise refused from None
    if given != _bytes(envelope) or envelope.payload_type != PAYLOAD_TYPE:
        raise refused
    content: dict[str, Any] = json.loads(envelope.payload)
    if content.get("predicateType") != PREDICATE:
        raise BadInput(f"FROM: has to be a certificate of make ready (got {content.get('predicateType')})")
    return content


def check_subject(content: Mapping[str, Any], stack: str, event: str, revision: str, digest: str) -> None:
    """Raises BadInput for a certificate of another stack, event, revision or settings file."""
    predicate = content["predicate"]
    digests = {one["name"]: one["digest"] for one in content["subject"]}
    wanted = (
        ("STACK", stack, predicate["stack"]),
        ("EVENT", event, predicate["event"]),
        ("the revision", revision, digests["revision"]["gitCommit"]),
        (f"Pulumi.{stack}.yaml", digest, f"sha256:{digests.get(f'Pulumi.{stack}.yaml', {}).get('sha256')}"),
    )
    for name, there, certified in wanted:
        if there != certified:
            raise BadInput(
                f"FROM: certifies {name} {certified[:19]} (got {there[:19] or 'none'} here); make ready again"
            )


def expired(content: Mapping[str, Any], today: date) -> list[str]:
    """Items that no longer hold."""
    return [
        f"{one['name']} ended on {one['expires']}"
        for one in content["predicate"]["items"]
        if "expires" in one and date.fromisoformat(one["expires"]) < today
    ]


def _bytes(envelope: Envelope) -> bytes:
    return (json.dumps(envelope.to_dict(), indent=1, sort_keys=True) + "\n").encode()
