"""A Moto server on loopback: answers the provider's data sources, and holds what `conformance deploy` makes.

Run as `python -m devtools.conformance.cloud`, it prints its port and serves until its standard input closes, so
that it never outlives its parent, however that one ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

from aws_facts.quotas import BY_CODE

LOOPBACK = "127.0.0.1"
ACCOUNT = "123456789012"
"""The account that Moto answers for."""

STOP_SECONDS = 10


class CloudError(Exception):
    """Moto can't be started: one line with the cause."""


@contextmanager
def serving() -> Generator[str]:
    """The address of a fresh, empty Moto server, such as `http://127.0.0.1:40123`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "devtools.conformance.cloud"],
        # Without them, no AWS-managed policy could be attached to a role.
        env={**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        if not port.isdigit():
            raise CloudError("the Moto server doesn't start: are the packages of requirements-dev.txt installed?")
        yield f"http://{LOOPBACK}:{port}"
        process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def environment(address: str) -> dict[str, str]:
    """Environment that directs the provider and boto3 to the server at `address` and nowhere else."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "conformance",
        "AWS_SECRET_ACCESS_KEY": "conformance",
        "AWS_EC2_METADATA_DISABLED": "true",
        # An API that Moto lacks returns an error: 25 retries with growing pauses would take minutes.
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        # S3's control API puts the account's number before the host, which no resolver knows: such names go to Moto as
        # to a proxy, which Go never asks for loopback addresses themselves.
        "HTTP_PROXY": address,
        "NO_PROXY": LOOPBACK,
    }


def client(service: str, address: str, region: str) -> Any:
    """A boto3 client for `service` at the server."""
    import boto3

    return boto3.client(
        service,
        endpoint_url=address,
        region_name=region,
        aws_access_key_id="conformance",
        aws_secret_access_key="conformance",
    )


def stock(address: str) -> None:
    """Put into the account what a variant may adopt, where Moto holds it."""
    for region in ("ap-south-1", "us-east-1"):
        client("guardduty", address, region).create_detector(Enable=True)
        client("ec2", address, region).enable_ebs_encryption_by_default()
    client("iam", address, "us-east-1").create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"]
    )


def _know_quotas() -> None:
    """Moto knows the quotas of VPC alone, and no defaults: here it answers with what a new account has."""
    from moto.servicequotas import exceptions, models, responses

    def find(_: object, service_code: str, quota_code: str) -> dict[str, Any]:
        quota = BY_CODE.get((service_code, quota_code))
        if quota is None:
            raise exceptions.NoSuchResource
        return {
            "Adjustable": quota.adjustable,
            "QuotaArn": f"arn:aws:servicequotas:::{service_code}/{quota_code}",
            "QuotaCode": quota_code,
            "QuotaName": quota.title,
            "ServiceCode": service_code,
            "Value": quota.least,
        }

    backend, response = models.ServiceQuotasBackend, responses.ServiceQuotasResponse
    setattr(backend, "get_service_quota", find)  # noqa: B010
    setattr(response, "get_aws_default_service_quota", response.get_service_quota)  # noqa: B010


def _serve() -> None:
    import logging

    from moto.server import ThreadedMotoServer

    _know_quotas()

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    print(port, flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    _serve()
