"""Runs a program against a recording monitor instead of an engine: what it registers, and what AWS would answer.

    recorded = record(lambda: Keys("keys", KeysArgs(...)))
    recorded.one("aws:kms/key:Key", "keys-data").inputs["enableKeyRotation"]
    recorded.of("aws:kms/alias:Alias"), recorded.children_of(recorded.component("saleday:keys:Keys"))

Outputs come from `rehearsal.synthesis`, as in a rehearsal. Everything has been registered when `record` returns, so
asserting that something is absent means it. An input that the AWS provider would not take raises, as does anything that
the program raises, in an `apply` too. Each recording has its own event loop, settings, configuration and root stack.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import grpc
import pulumi
import pulumi.runtime.resource
from google.protobuf import empty_pb2
from pulumi.runtime import mocks, settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2, source_pb2
from pulumi.runtime.stack import Stack, run_pulumi_func

from rehearsal.plugins.checks import failures
from rehearsal.plugins.wire import UNKNOWN, Secret, decode, encode, reveal
from rehearsal.schema import resource_type
from rehearsal.synthesis import ACCOUNT_ID, Place, invoke, outputs, planned
from rehearsal.synthesis import vpc_component as awsx_vpc

# How a reference to a resource travels in a property.
_REFERENCE = {"4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e"}


class InvalidInputs(Exception):
    """The AWS provider would refuse these inputs: one line for each reason."""


class DuplicateUrn(Exception):
    """Two resources of one type and name under parents of the same types: the engine would refuse the second."""


@dataclass(frozen=True, eq=False)
class Resource:
    """One registration, as the engine gets it; property names are Pulumi's (camelCase)."""

    token: str
    name: str
    urn: str
    parent: str
    """URN of the parent; the stack's for a resource without one."""
    inputs: Mapping[str, Any]
    """Plain values, those of secrets included; UNKNOWN where a preview doesn't know."""
    secrets: frozenset[str]
    """Paths of the inputs that are secret: `masterPassword`, `environment.variables.TOKEN`, `users[0].password`."""
    outputs: dict[str, Any]
    """What AWS would answer; for a component, what it registered, empty when it registered nothing."""
    custom: bool
    provider: str
    """Reference of the provider (URN::id), "" for the default one."""
    dependencies: tuple[str, ...]
    """URNs of all resources that it waits for, explicit and through inputs."""
    property_dependencies: Mapping[str, tuple[str, ...]]
    ignore_changes: list[str]
    protect: bool
    of_component: bool = False
    """Whether it is a child of a remote component (awsx), not registered by the program itself."""
    registered: list[Mapping[str, Any]] = field(default_factory=list)
    """Each `register_outputs` of a component, in turn: a component ends with exactly one."""


@dataclass(frozen=True)
class Call:
    """One invocation of a provider's function."""

    token: str
    arguments: Mapping[str, Any]
    provider: str


@dataclass(frozen=True)
class Recorded:
    """Everything that a program did, in the order of its registration."""

    resources: list[Resource]
    """All registrations but the root stack's: the program's own and those of remote components."""
    invokes: list[Call]
    exports: Mapping[str, Any]

    @property
    def all(self) -> list[Resource]:
        """What the program itself registered: components and resources, without the children of remote components."""
        return [resource for resource in self.resources if not resource.of_component]

    def of(self, token: str, *, of_components: bool = False) -> list[Resource]:
        """Resources of a type that the program registered; with `of_components`, those of remote components too."""
        return [r for r in (self.resources if of_components else self.all) if r.token == token]

    def one(self, token: str, name: str | None = None) -> Resource:
        """The only resource of a type, or the only one of that name; AssertionError otherwise."""
        found = [resource for resource in self.of(token) if name is None or resource.name == name]
        present = [resource.name for resource in self.of(token)]
        assert len(found) == 1, f"expected exactly one {token}{f' {name!r}' if name else ''}, the program has {present}"
        return found[0]

    def component(self, token: str) -> Resource:
        """The only component of a type."""
        found = self.one(token)
        assert not found.custom, f"{token} is no component"
        return found

    def children_of(self, parent: Resource, *, deep: bool = False) -> list[Resource]:
        """What is parented to a resource; with `deep`, to its descendants too."""
        children = [resource for resource in self.resources if resource.parent == parent.urn]
        return children + ([c for child in children for c in self.children_of(child, deep=True)] if deep else [])


def record(
    program: Callable[[], Any],
    *,
    region: str = "ap-south-1",
    project: str = "saleday",
    stack: str = "test",
    config: Mapping[str, str] | None = None,
    secret_config: Mapping[str, str] | None = None,
    account_id: str = ACCOUNT_ID,
    preview: bool = False,
) -> Recorded:
    """Run a program to its end and give back what it registered.

    `config` is the stack's configuration under full keys (`saleday:network`), `region` that of the default provider.
    With `preview` every computed output is unknown, as when the stack is new.
    """
    monitor = _Monitor(Place.of(region, account_id), preview)
    values = {"aws:region": region, **(config or {}), **(secret_config or {})}

    def run() -> Recorded:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        # What goes wrong first is raised; what fails in its wake would only be printed when it is collected.
        loop.set_exception_handler(lambda *_: None)
        try:
            return loop.run_until_complete(_run(program, monitor, project, stack, values, list(secret_config or {})))
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            asyncio.set_event_loop(None)
            loop.close()

    # Pulumi keeps its settings, configuration and root stack in context variables: in a copy, none of them leaks.
    with _quick():
        return contextvars.copy_context().run(run)


@contextmanager
def _quick() -> Generator[None]:
    """Spare what takes two thirds of a recording and no test asks for: looking for garbage, and where in the source
    each resource was made.
    """
    gc.disable()
    try:
        with mock.patch.object(pulumi.runtime.resource, "_get_stack_trace", source_pb2.StackTrace):
            yield
    finally:
        gc.enable()


async def _run(
    program: Callable[[], Any], monitor: _Monitor, project: str, stack: str, values: dict[str, str], secrets: list[str]
) -> Recorded:
    settings.ROOT.set(None)
    settings.SETTINGS.outputs = set()
    settings.SETTINGS.lock = threading.Lock()
    set_all_config(values, secrets)
    mocks.set_mocks(_NoMocks(), project, stack, monitor.preview, monitor=monitor)
    await run_pulumi_func(lambda: _none(program()))
    root = settings.get_root_resource()
    exported = dict(root.outputs) if isinstance(root, Stack) else {}
    exports = {name: await pulumi.Output.from_input(value).future() for name, value in exported.items()}
    return Recorded(monitor.resources_made, monitor.invokes, exports)


def _none(_: Any) -> None:
    """What a program returns is no awaitable for Pulumi to wait for."""


class _NoMocks(mocks.Mocks):
    """Pulumi asks for one; the monitor below answers everything itself."""

    def call(self, args: mocks.MockCallArgs) -> Any:
        raise NotImplementedError

    def new_resource(self, args: mocks.MockResourceArgs) -> Any:
        raise NotImplementedError


class _Monitor(mocks.MockMonitor):
    """Stands where the engine's resource monitor would."""

    def __init__(self, place: Place, preview: bool) -> None:
        super().__init__(_NoMocks())
        self.place = place
        self.preview = preview
        self.resources_made: list[Resource] = []
        self.invokes: list[Call] = []
        self._by_urn: dict[str, Resource] = {}
        self._places: dict[str, Place] = {}
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
            self.invokes.append(Call(request.tok, arguments, request.provider))
            result = invoke(request.tok, arguments, self._place(request.provider))
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(encode(result))  # a word of Python's own
        return response

    def _make(self, request: Any, urn: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The id and outputs of a registration."""
        if request.type.startswith("pulumi:providers:"):
            if inputs.get("region"):
                self._places[urn] = Place.of(inputs["region"], self.place.account_id)
            return request.name, dict(inputs)
        if not request.custom or not request.type.startswith("aws:"):
            return "", {}
        return self._answer(request.type, urn, inputs, self._place(request.provider))

    def _answer(self, token: str, urn: str, inputs: dict[str, Any], place: Place) -> tuple[str, dict[str, Any]]:
        wrong = failures(resource_type(token), inputs)
        if wrong:
            reasons = "; ".join(f"{failure.path} {failure.reason}" for failure in wrong)
            raise InvalidInputs(f"{urn.rsplit('::', 1)[-1]} ({token}): {reasons}")
        if self.preview:
            return "", planned(token, inputs, place, UNKNOWN)
        return outputs(token, urn, inputs, place)

    def _place(self, provider: str) -> Place:
        return self._places.get(provider.rpartition("::")[0], self.place)

    def _network(
        self, component: Resource, transforms: Iterable[Any]
    ) -> tuple[dict[str, Any], dict[str, tuple[str, ...]]]:
        """Make the children of an `awsx.ec2.Vpc`, as the program's transforms change them.

        Gives the component's outputs, and the URNs of the children that each is computed from.
        """
        place = self._place(component.provider)
        transforms = list(transforms)
        made = awsx_vpc.plan(component.name, component.inputs, place.zones)
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
    value = child.outputs.get(ref.prop, UNKNOWN)
    return value if ref.then is None or value is UNKNOWN else ref.then(value)


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
    if isinstance(value, Secret):
        yield path
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _secret_paths(item, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secret_paths(item, f"{path}[{index}]")
