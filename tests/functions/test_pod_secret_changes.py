"""The function that replaces pods once a secret has changed, against the answers of a Kubernetes API."""

from __future__ import annotations

import base64
import datetime as dt
import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from functions import pod_secret_changes
from functions.pod_secret_changes import ANNOTATION, COPIED, answer, is_done

CHANGED = datetime(2027, 3, 10, 0, 17, 42, tzinfo=UTC)
LATER = CHANGED + COPIED
FOLDER = "/apis/apps/v1/namespaces/saleday/deployments/"


class Api:
    """Deployments of one namespace. Another pod template is a new generation, which `roll_out` catches up with."""

    def __init__(self, *names: str) -> None:
        self.deployments: dict[str, dict[str, Any]] = {
            FOLDER + name: {
                "metadata": {"generation": 1},
                "spec": {"replicas": 2, "template": {"metadata": {"labels": {"app": name}}}},
            }
            for name in names
        }
        self.patched: list[str] = []
        self.refuses = 0
        for path in self.deployments:
            self.roll_out(path)

    def roll_out(self, path: str) -> None:
        one = self.deployments[path]
        counts = dict.fromkeys(("replicas", "updatedReplicas", "availableReplicas"), one["spec"]["replicas"])
        one["status"] = {"observedGeneration": one["metadata"]["generation"], **counts}

    def __call__(self, method: str, path: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
        if self.refuses:
            return self.refuses, {"message": "no"}
        if path not in self.deployments:
            return 404, {"message": "not found"}
        one = self.deployments[path]
        if method == "PATCH":
            assert body is not None
            assert list(body["spec"]) == ["template"], "the number of pods is the autoscaler's"
            one["spec"]["template"]["metadata"] |= body["spec"]["template"]["metadata"]
            one["metadata"]["generation"] += 1
            self.patched.append(path.removeprefix(FOLDER))
        return 200, json.loads(json.dumps(one))


def change(*services: str, at: datetime = CHANGED) -> dict[str, Any]:
    return {"changed": f"{at:%Y-%m-%dT%H:%M:%SZ}", "services": list(services)}


def test_pods_wait_until_the_copy_of_the_secret_in_the_cluster_is_new() -> None:
    api = Api("orders")
    assert not is_done(api, "saleday", change("orders"), LATER - timedelta(seconds=1))
    assert api.patched == []


def test_exactly_the_services_of_the_secret_get_new_pods_once() -> None:
    api = Api("orders", "catalog")
    for _ in range(3):
        assert not is_done(api, "saleday", change("orders"), LATER), "its pods are not replaced yet"
    assert api.patched == ["orders"]
    api.roll_out(FOLDER + "orders")
    assert is_done(api, "saleday", change("orders"), LATER)


def test_the_second_event_of_one_rotation_starts_nothing_more_than_its_own_second_asks() -> None:
    api = Api("orders")
    is_done(api, "saleday", change("orders"), LATER)
    api.roll_out(FOLDER + "orders")
    assert is_done(api, "saleday", change("orders", at=CHANGED - timedelta(seconds=3)), LATER)
    assert api.patched == ["orders"]


@pytest.mark.parametrize("short", ["updatedReplicas", "availableReplicas"])
def test_pods_that_do_not_come_up_leave_the_change_undone(short: str) -> None:
    api = Api("orders")
    is_done(api, "saleday", change("orders"), LATER)
    api.roll_out(FOLDER + "orders")
    api.deployments[FOLDER + "orders"]["status"][short] = 1
    assert not is_done(api, "saleday", change("orders"), LATER)


def test_pods_of_before_that_still_run_leave_the_change_undone() -> None:
    api = Api("orders")
    is_done(api, "saleday", change("orders"), LATER)
    api.roll_out(FOLDER + "orders")
    api.deployments[FOLDER + "orders"]["status"]["replicas"] = 3
    assert not is_done(api, "saleday", change("orders"), LATER)


def test_a_service_that_is_gone_is_no_reason_to_wait_and_a_refusal_is() -> None:
    api = Api("orders")
    assert is_done(api, "saleday", change("gone"), LATER)
    api.refuses = 403
    assert not is_done(api, "saleday", change("orders"), LATER)


def test_only_messages_that_are_not_done_come_again() -> None:
    api = Api("orders")
    records = [{"messageId": name, "body": json.dumps(change(name))} for name in ("gone", "orders")]
    assert answer(api, "saleday", records, LATER) == {"batchItemFailures": [{"itemIdentifier": "orders"}]}


class Asked(http.server.BaseHTTPRequestHandler):
    """Answers every call with what was asked."""

    def do_PATCH(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = {"path": self.path, "headers": dict(self.headers), "body": json.loads(body)}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base class calls it
        pass


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, bytes]]:
    """An endpoint with a certificate of its own authority, and that authority's certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "both.pem").write_bytes(certificate + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "both.pem")
    server = http.server.HTTPServer(("localhost", 0), Asked)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}", certificate
    server.shutdown()
    server.server_close()


def test_a_call_trusts_the_clusters_authority_and_brings_a_token_for_this_cluster(
    cluster: tuple[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    endpoint, authority = cluster
    settings = {
        "AUTHORITY": base64.b64encode(authority).decode(),
        "CLUSTER": "saleday-eks",
        "ENDPOINT": endpoint,
        "AWS_REGION": "ap-south-1",
    }
    status, asked = pod_secret_changes._calls(settings)("PATCH", "/there", {"spec": {}})
    assert (status, asked["path"], asked["body"]) == (200, "/there", {"spec": {}})
    assert asked["headers"]["Content-Type"] == "application/merge-patch+json"
    scheme, _, token = asked["headers"]["Authorization"].partition(" ")
    assert scheme == "Bearer"
    assert token.startswith("k8s-aws-v1.")
    encoded = token.removeprefix("k8s-aws-v1.")
    signed = urlsplit(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode())
    query = parse_qs(signed.query)
    assert signed.netloc == "sts.ap-south-1.amazonaws.com", "the region's own STS, as the token is checked there"
    assert query["Action"] == ["GetCallerIdentity"]
    assert query["X-Amz-SignedHeaders"] == ["host;x-k8s-aws-id"], "a token of another cluster is worth nothing"
    assert query["X-Amz-Expires"] == ["60"]


def test_the_annotation_is_the_time_of_the_change() -> None:
    api = Api("orders")
    is_done(api, "saleday", change("orders"), LATER)
    annotations = api.deployments[FOLDER + "orders"]["spec"]["template"]["metadata"]["annotations"]
    assert datetime.fromisoformat(annotations[ANNOTATION]) == CHANGED
