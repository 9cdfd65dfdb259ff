"""The plugin without the engine: one process, queried directly for checks and diffs of a resource."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator, Mapping
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from devtools.conformance import cloud
from devtools.conformance.build import ProviderPlugin
from devtools.rehearsal.engine import GRPC_OPTIONS

STOP_SECONDS = 10
Inputs = dict[str, Any]

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Unknown value in Pulumi's wire format."""

_URN = "urn:pulumi:conformance::saleday::{token}::{name}"


@dataclass(frozen=True, kw_only=True)
class ProviderAnswer:
    """Result of a check and a plan: inputs with the provider's defaults, planned state, and problems."""

    inputs: Inputs
    state: Inputs
    problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """Effect of a change: whether anything differs, and the properties that replace the resource."""

    differs: bool
    replaces: frozenset[str]
    detail: dict[str, str]
    """Kind of change (`update`, `update_replace`, `add`, …) by property path."""


class Client:
    """A running plugin, configured for one region."""

    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub) -> None:
        self._stub = stub

    def judge(self, token: str, inputs: Mapping[str, Any], name: str = "judged") -> ProviderAnswer:
        """Check and plan a new resource, as a preview does."""
        urn = _URN.format(token=token, name=name)
        try:
            checked = self._stub.Check(provider_pb2.CheckRequest(urn=urn, news=_struct(inputs), randomSeed=b"\0" * 32))
        except grpc.RpcError as error:
            return ProviderAnswer(inputs=dict(inputs), state={}, problems=(reason_of(error),))
        problems = [f"{failure.property}: {failure.reason}".removeprefix(": ") for failure in checked.failures]
        if problems:
            return ProviderAnswer(inputs=_plain(checked.inputs), state={}, problems=tuple(problems))
        try:
            planned = self._stub.Create(provider_pb2.CreateRequest(urn=urn, properties=checked.inputs, preview=True))
        except grpc.RpcError as error:
            return ProviderAnswer(inputs=_plain(checked.inputs), state={}, problems=(reason_of(error),))
        return ProviderAnswer(inputs=_plain(checked.inputs), state=_plain(planned.properties), problems=())

    def refuses(self, token: str, inputs: Mapping[str, Any]) -> bool:
        """Whether a check alone, without a plan, finds anything wrong."""
        request = provider_pb2.CheckRequest(
            urn=_URN.format(token=token, name="judged"), news=_struct(inputs), randomSeed=b"\0" * 32
        )
        try:
            return bool(self._stub.Check(request).failures)
        except grpc.RpcError:
            return True

    def change(self, token: str, state: Inputs, before: Inputs, after: Inputs) -> PropertyChange:
        """Effect on a resource in `state` of changing its checked inputs. Raises grpc.RpcError."""
        answer = self._stub.Diff(
            provider_pb2.DiffRequest(
                id="judged",
                urn=_URN.format(token=token, name="judged"),
                olds=_struct(state),
                news=_struct(after),
                old_inputs=_struct(before),
            )
        )
        kinds = provider_pb2.PropertyDiff.Kind
        return PropertyChange(
            differs=answer.changes == provider_pb2.DiffResponse.DIFF_SOME,
            replaces=frozenset(answer.replaces),
            detail={path: kinds.Name(diff.kind).lower() for path, diff in answer.detailedDiff.items()},
        )


@contextmanager
def running(plugin: ProviderPlugin, address: str, region: str) -> Generator[Client]:
    """The plugin on a port of its own, asking the cloud at `address`."""
    server = grpc.server(futures.ThreadPoolExecutor(2), options=GRPC_OPTIONS)
    engine_pb2_grpc.add_EngineServicer_to_server(_Silent(), server)
    engine = f"{cloud.LOOPBACK}:{server.add_insecure_port(f'{cloud.LOOPBACK}:0')}"
    server.start()
    process = subprocess.Popen(
        [str(plugin.executable), engine],
        env={**os.environ, **cloud.environment(address)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        with grpc.insecure_channel(f"{cloud.LOOPBACK}:{port}", options=GRPC_OPTIONS) as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Configure(
                provider_pb2.ConfigureRequest(args=_struct({"region": region}), variables={"aws:config:region": region})
            )
            yield Client(stub)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        server.stop(0)


def reason_of(error: grpc.RpcError) -> str:
    """The plugin's message for an error; gRPC raises its calls themselves, which only then have details."""
    return str(error.details()) if isinstance(error, grpc.Call) else str(error)


class _Silent(engine_pb2_grpc.EngineServicer):
    """The engine's side of the protocol, which only receives the provider's log messages."""

    def Log(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(values), struct_pb2.Struct())


def _plain(struct: struct_pb2.Struct) -> Inputs:
    return dict(json_format.MessageToDict(struct))
