"""Stand-in for the engine's resource monitor: answers as AWS would, and records the requests."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime import mocks, settings
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

from devtools.recording.recorded import RecordedInvoke, Resource
from devtools.rehearsal.fake_outputs import AccountRegion, invoke, outputs, planned
from devtools.rehearsal.fake_outputs import vpc_component as awsx_vpc
from devtools.rehearsal.plugins.checks import failures
from devtools.rehearsal.plugins.wire import UNKNOWN, SecretValue, decode, encode, reveal
from devtools.rehearsal.schema import resource_type

# Signature of a resource reference in a property.
_REFERENCE = {"4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e"}


class InvalidInputs(Exception):
    """The AWS provider would refuse these inputs: one line for each reason."""


class DuplicateUrn(Exception):
    """Two resources of one type and name under parents of the same types: the engine would refuse the second."""


class NoMocks(mocks.Mocks):
    """Required by Pulumi; the monitor below answers everything itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError


class Monitor(mocks.MockMonitor):
    """Stand-in for the engine's resource monitor."""

    def __init__(self, place: AccountRegion, preview: bool) -> None:
        super().__init__(NoMocks())
        self.place = place
        self.preview = preview
        self.resources_made: list[Resource] = []
        self.invokes: list[RecordedInvoke] = []
        self._by_urn: dict[str, Resource] = {}
        self._places: dict[str, AccountRegion] = {}
        self._lock = threading.Lock()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The engine's URN: with the types of all ancestors but the stack."""
        qualified = parent.split("::")[2] if parent else ""
        if qualified and qualified != "pulumi:pulumi:Stack":
            type_ = f"{qualified}${type_}"
        return f"urn:pulumi:{settings.get_stack()}::{settings.get_project()}::{type_}::{name}"

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == "pulumi:pulumi:Stack":
            return resource_pb2.RegisterResourceResponse(urn=urn)
        raw = decode(request.object)
        inputs = _tidy(reveal(raw))
        identifier, made = self._make(request, urn, inputs)
        resource = Resource(
            token=request.type,
            name=request.name,
            urn=urn,
            parent=request.parent,
            inputs=inputs,
            secrets=frozenset(_secret_paths(raw)),
            outputs=made,
            custom=request.custom,
            provider=request.provider or request.providers.get("aws", ""),
            dependencies=tuple(request.dependencies),
            property_dependencies={name: tuple(d.urns) for name, d in request.propertyDependencies.items()},
            ignore_changes=list(request.ignoreChanges),
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            source=f"{request.sourcePosition.uri}#{request.sourcePosition.line}" if request.sourcePosition.uri else "",
        )
        self._add(resource)
        sources: dict[str, tuple[str, ...]] = {}
        if request.remote and request.type == awsx_vpc.TOKEN:
            answered, sources = self._network(resource, request.transforms)
            made.update(answered)
        response = resource_pb2.RegisterResourceResponse(urn=urn, id=identifier, object=encode(made))
        for name, urns in sources.items():
            response.propertyDependencies[name].urns.extend(urns)
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        urn = self.make_urn(request.parent, request.type, request.name)
        _, made = outputs(request.type, urn, {}, self._place(request.provider), before={"id": request.id})
        return resource_pb2.ReadResourceResponse(urn=urn, properties=encode(made))

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        resource = self._by_urn.get(request.urn)
        if resource is not None:
            registered = _tidy(reveal(decode(request.outputs)))
            resource.registered.append(registered)
            resource.outputs.update(registered)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:
        arguments = _tidy(reveal(decode(request.args)))
        if request.tok == "pulumi:pulumi:getResource":
            found = self._by_urn[arguments["urn"]]
            result: dict[str, Any] = {"urn": found.urn, "id": found.outputs.get("id", ""), "state": dict(found.outputs)}
        else:
            self.invokes.append(RecordedInvoke(request.tok, arguments, request.provider))
            result = invoke(request.tok, arguments, self._place(request.provider))
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(encode(result))  # a word of Python's own
        return response

    def _make(self, request: Any, urn: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The id and outputs of a registration."""
        if request.type.startswith("pulumi:providers:"):
            if inputs.get("region"):
                self._places[urn] = AccountRegion.of(inputs["region"], self.place.account_id)
            return request.name, dict(inputs)
        if not request.custom or not request.type.startswith("aws:"):
            return "", {}
        return self._answer(request.type, urn, inputs, self._place(request.provider))

    def _answer(self, token: str, urn: str, inputs: dict[str, Any], place: AccountRegion) -> tuple[str, dict[str, Any]]:
        wrong = failures(resource_type(token), inputs)
        if wrong:
            reasons = "; ".join(f"{failure.path} {failure.reason}" for failure in wrong)
            raise InvalidInputs(f"{urn.rsplit('::', 1)[-1]} ({token}): {reasons}")
        if self.preview:
            return "", planned(token, inputs, place, UNKNOWN)
        return outputs(token, urn, inputs, place)

    def _place(self, provider: str) -> AccountRegion:
        return self._places.get(provider.rpartition("::")[0], self.place)

    def _network(
        self, component: Resource, transforms: Iterable[Any]
    ) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
        """Make the children of an `awsx.ec2.Vpc`, as the program's transforms change them.

        Returns the component's outputs, and the URNs of the children that each is computed from.
        """
        place = self._place(component.provider)
        transforms = list(transforms)
        made = awsx_vpc.plan(component.name, component.inputs)
        children: dict[str, Resource] = {}

        def resolve(value: Any) -> Any:
            if isinstance(value, awsx_vpc.Ref):
                return _property(children[value.child], value)
            if isinstance(value, Mapping):
                return {key: resolve(item) for key, item in value.items()}
            return [resolve(item) for item in value] if isinstance(value, list) else value

        for child in made.children:
            parent = component if child.parent is None else children[child.parent]
            urn = self.make_urn(parent.urn, child.token, child.name)
            inputs = _transformed(transforms, child.token, child.name, resolve(dict(child.inputs)))
            _, answered = self._answer(child.token, urn, inputs, place)
            waits = () if child.after is None else (children[child.after].urn,)
            children[child.key] = Resource(
                token=child.token,
                name=child.name,
                urn=urn,
                parent=parent.urn,
                inputs=inputs,
                secrets=frozenset(),
                outputs=answered,
                custom=True,
                provider=component.provider,
                dependencies=waits,
                property_dependencies={name: _sources(value, children) for name, value in child.inputs.items()},
                ignore_changes=[],
                protect=component.protect,
                source=component.source,
                of_component=True,
            )
            self._add(children[child.key])
        answers = {name: resolve(value) for name, value in made.outputs.items()}
        return answers, {name: _sources(value, children) for name, value in made.outputs.items()}

    def _add(self, resource: Resource) -> None:
        with self._lock:
            if resource.urn in self._by_urn:
                raise DuplicateUrn(resource.urn)
            self._by_urn[resource.urn] = resource
            self.resources_made.append(resource)


def _tidy(value: Any) -> Any:
    """A value as AWS would get it: whole numbers are integers (the protocol has floats only), and null is absent."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _tidy(item) for name, item in value.items() if item is not None}
    return [_tidy(item) for item in value] if isinstance(value, list) else value


def _property(child: Resource, ref: awsx_vpc.Ref) -> Any:
    if ref.prop == "self":
        return {**_REFERENCE, "urn": child.urn, "id": child.outputs.get("id", UNKNOWN)}
    return child.outputs.get(ref.prop, UNKNOWN)


def _sources(value: Any, children: Mapping[str, Resource]) -> tuple[str, ...]:
    """URNs of the children that a value of the plan is computed from."""
    if isinstance(value, awsx_vpc.Ref):
        return (children[value.child].urn,)
    if isinstance(value, Mapping):
        value = list(value.values())
    return tuple(urn for item in value for urn in _sources(item, children)) if isinstance(value, list) else ()


def _transformed(transforms: Iterable[Any], token: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Inputs after the program's transforms, which the engine calls back for each child of a remote component."""
    for transform in transforms:
        asked = resource_pb2.TransformRequest(type=token, name=name, custom=True, properties=encode(inputs))
        with grpc.insecure_channel(transform.target) as channel:
            call = callback_pb2.CallbackInvokeRequest(token=transform.token, request=asked.SerializeToString())
            answer = callback_pb2_grpc.CallbacksStub(channel).Invoke(call)
        changed = resource_pb2.TransformResponse.FromString(answer.response)
        if changed.HasField("properties"):
            inputs = _tidy(reveal(decode(changed.properties)))
    return inputs


def _secret_paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, SecretValue):
        yield path
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _secret_paths(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secret_paths(item, f"{path}[{index}]")
