"""The AWS plugin without an engine, asked in plain dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc

from devtools.rehearsal.plugins.aws import AwsProvider
from devtools.rehearsal.plugins.protocol import provider_pb2
from devtools.rehearsal.plugins.wire import decode, encode

QUEUE = "aws:sqs/queue:Queue"
TABLE = "aws:dynamodb/table:Table"
BUCKET = "aws:s3/bucket:Bucket"
CLUSTER = "aws:rds/cluster:Cluster"


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
