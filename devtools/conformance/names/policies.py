"""AWS's managed policies, by name and path, and the services that policies and roles name.

Moto carries the managed policies with their documents, as AWS's own API lists them.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.loaders

from devtools.conformance.names.tables import Problem, given, known, listed, objects, published, texts

_MANAGED = re.compile(r"arn:aws[\w-]*:iam::aws:policy/([\w+=,.@/-]+)")
_SERVICE = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*\.amazonaws\.com")
_REGIONAL = re.compile(r"^([a-z0-9-]+)\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com$")
_PASSED = ("iam:PassedToService", "iam:AWSServiceName")
_VIA = "kms:ViaService"


def managed_policies(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """The ARN of an AWS-managed policy has to exist, path included."""
    for place, text in texts(inputs):
        for name in _MANAGED.findall(text):
            if name not in managed():
                same = managed_by_name().get(name.rpartition("/")[2])
                remedy = f"; the policy of this name is arn:aws:iam::aws:policy/{same}" if same else ""
                yield place, f"AWS has no managed policy {name}{remedy} (Moto's list of managed policies)"


def services(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A service principal in a trust, a PassRole or a key policy has to exist."""
    for place, fields in objects(inputs):
        if "Effect" in fields:
            yield from ((place, reason) for reason in _of_statement(fields))
    if token == "aws:iam/serviceLinkedRole:ServiceLinkedRole" and known(name := inputs.get("awsServiceName")):
        yield from (("awsServiceName", reason) for reason in _principal(name))


def _of_statement(statement: Mapping[str, Any]) -> Iterator[str]:
    for word in ("Principal", "NotPrincipal"):
        principal = statement.get(word)
        for name in listed(principal.get("Service")) if isinstance(principal, dict) else ():
            yield from _principal(name)
    for condition in (statement.get("Condition") or {}).values():
        for key, values in condition.items() if isinstance(condition, dict) else ():
            for value in listed(values):
                if key in _PASSED:
                    yield from _principal(value)
                elif key == _VIA and known(value):
                    regional = _REGIONAL.fullmatch(value)
                    if regional and regional[1] not in endpoints():
                        yield f"kms:ViaService {value}: AWS has no service {regional[1]} (botocore's endpoints)"


def _principal(name: Any) -> Iterator[str]:
    if not known(name) or "*" in name or "$" in name:
        return
    plain = _REGIONAL.sub(r"\1.amazonaws.com", name)
    if _SERVICE.fullmatch(plain) and plain not in principals():
        yield f"{name}: AWS has no service principal of this name (managed policies, CDK, data/given.yaml)"


@functools.cache
def _documents() -> str:
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # five megabytes, loaded when first asked about

    return str(aws_managed_policies_data)


@functools.cache
def managed() -> frozenset[str]:
    """The managed policies, each with its path: `service-role/AmazonRDSEnhancedMonitoringRole`."""
    return frozenset(f"{policy['Path'].removeprefix('/')}{name}" for name, policy in json.loads(_documents()).items())


@functools.cache
def managed_by_name() -> dict[str, str]:
    """The same by the name alone."""
    return {name.rpartition("/")[2]: name for name in managed()}


@functools.cache
def principals() -> frozenset[str]:
    """The services that AWS's own policies, its CDK and the dated table name."""
    return (
        frozenset(_SERVICE.findall(_documents()))
        | frozenset(published()["principals"])
        | frozenset(given()["principals"])
    )


@functools.cache
def endpoints() -> frozenset[str]:
    """The names that services have in their endpoints: `elasticloadbalancing`."""
    partitions = botocore.loaders.Loader().load_data("endpoints")["partitions"]
    return frozenset(name for partition in partitions for name in partition["services"])
