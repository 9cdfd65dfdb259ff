"""The offline stand-in for `pulumi-resource-aws`: Pulumi's provider protocol over the schema and the synthesis.

It checks inputs, tells updates from replacements and makes outputs up, as far as the provider's schema goes. It
connects only to the engine, on loopback, and it is not AWS: see `docs/rehearsal-limits.md`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2

from devtools.rehearsal.fake_outputs import (
    DEFAULTS_KEY,
    AccountRegion,
    UnknownRegionError,
    auto_name,
    invoke,
    logical_name,
    outputs,
    planned,
)
from devtools.rehearsal.plugins import AWS_VERSION
from devtools.rehearsal.plugins.checks import failures, with_defaults
from devtools.rehearsal.plugins.diffs import difference
from devtools.rehearsal.plugins.identities import DuplicateError, ResourceIds
from devtools.rehearsal.plugins.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc
from devtools.rehearsal.plugins.sealing import seal
from devtools.rehearsal.plugins.server import serve
from devtools.rehearsal.plugins.wire import UNKNOWN, SecretValue, decode, encode, holds_unknown, reveal
from devtools.rehearsal.schema import ResourceType, UnknownTypeError, resource_type

_KINDS: Final = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class AwsProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One configured provider: a region, the default tags, and what it has made so far."""

    def __init__(self) -> None:
        self.place = AccountRegion.of(os.environ.get("AWS_REGION") or "us-east-1")
        self.default_tags: dict[str, str] = {}
        self._identities = ResourceIds()
        # Outputs of resources that are about to be replaced, by URN: their successors must differ from them.
        self._leaving: dict[str, dict[str, Any]] = {}

    # --- the plugin

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=AWS_VERSION)

    def Handshake(self, request: Any, context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, supports_autonaming_configuration=True)

    def Attach(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return empty_pb2.Empty()

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "aws", "version": AWS_VERSION}))

    # --- its configuration

    def CheckConfig(self, request: Any, context: Any) -> Any:
        response = provider_pb2.CheckResponse(inputs=request.news)
        region = reveal(decode(request.news)).get("region")
        try:
            if isinstance(region, str):
                AccountRegion.of(region)
            elif region is None and not _ambient_region():
                reason = "is not set: pulumi config set aws:region <region>, for example ap-south-1"
                response.failures.add(property="region", reason=reason)
        except UnknownRegionError as error:
            response.failures.add(property="region", reason=str(error))
        return response

    def DiffConfig(self, request: Any, context: Any) -> Any:
        old, new = reveal(decode(request.old_inputs or request.olds)), reveal(decode(request.news))
        changed = sorted(name for name in {**old, **new} if name != "version" and old.get(name) != new.get(name))
        changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        # Another region is another place: every resource of the provider is made anew there.
        return provider_pb2.DiffResponse(
            changes=changes, diffs=changed, replaces=[name for name in changed if name == "region"]
        )

    def Configure(self, request: Any, context: Any) -> Any:
        settings = reveal(decode(request.args))
        region = settings.get("region") or request.variables.get("aws:config:region") or _ambient_region()
        try:
            self.place = AccountRegion.of(region or "")
        except UnknownRegionError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"aws:region: {error}")
        self.default_tags = _tags_of(settings.get("defaultTags"))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    # --- resources

    def Check(self, request: Any, context: Any) -> Any:
        try:
            kind = resource_type(_token(request.urn))
        except UnknownTypeError as error:
            return _refused(request, [str(error)])
        given = {name: value for name, value in decode(request.news).items() if name != DEFAULTS_KEY}
        for name, value in given.items():
            given[name] = _as_document(kind, name, value)
        wrong = failures(kind, given)
        if wrong:
            return _refused(request, [f"{failure.path} {failure.reason}" for failure in wrong])
        filled = self._name(kind, request, given)
        return provider_pb2.CheckResponse(inputs=encode(with_defaults(kind.properties, given, filled)))

    def _name(self, kind: ResourceType, request: Any, given: dict[str, Any]) -> list[str]:
        """Give a resource the physical name that its program doesn't; the list of properties that this filled."""
        prop = kind.auto_named
        if prop is None or given.get(prop) is not None or given.get(f"{prop}Prefix") is not None:
            return []
        old = decode(request.olds)
        if old.get(prop) is not None and prop in (old.get(DEFAULTS_KEY) or []):
            given[prop] = old[prop]
            return [prop]
        options = request.autonaming
        if request.HasField("autonaming") and options.mode == options.DISABLE:
            return []
        # A successor gets a name of its own, since it is made while its predecessor still holds the old one.
        leaving = self._leaving.get(request.urn, {}).get("id", "") if not old else ""
        seed = f"{request.urn}|{leaving}"
        proposed = options.proposed_name if request.HasField("autonaming") else ""
        given[prop] = proposed or auto_name(kind.short, logical_name(request.urn), seed, reveal(given))
        return [prop]

    def Diff(self, request: Any, context: Any) -> Any:
        token = _token(request.urn)
        state = decode(request.olds)
        old = decode(request.old_inputs) or state
        found = difference(resource_type(token), old, decode(request.news), state, list(request.ignoreChanges))
        if not found.changes:
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE, hasDetailedDiff=True)
        if found.replaces:
            self._leaving[request.urn] = {**reveal(state), "id": request.id}
        response = provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME,
            diffs=sorted({_top(change.path) for change in found.changes}),
            replaces=sorted({_top(change.path) for change in found.changes if change.replaces}),
            deleteBeforeReplace=found.delete_first,
            hasDetailedDiff=True,
        )
        for change in found.changes:
            response.detailedDiff[change.path].kind = _KINDS[change.how, change.replaces]
            response.detailedDiff[change.path].inputDiff = True
        return response

    def Create(self, request: Any, context: Any) -> Any:
        token, raw = _token(request.urn), decode(request.properties)
        inputs = reveal(raw)
        if request.preview:
            made = planned(token, inputs, self.place, UNKNOWN)
            return provider_pb2.CreateResponse(properties=self._properties(token, raw, made))
        identifier, made = outputs(token, request.urn, inputs, self.place, replaced=self._leaving.get(request.urn))
        try:
            self._identities.claim(token, request.urn, identifier, inputs, self.place)
        except DuplicateError as error:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, str(error))
        return provider_pb2.CreateResponse(id=identifier, properties=self._properties(token, raw, made))

    def Update(self, request: Any, context: Any) -> Any:
        token, raw, before = _token(request.urn), decode(request.news), decode(request.olds)
        inputs, known = reveal(raw), {**reveal(before), "id": request.id}
        if request.preview:
            made = planned(token, inputs, self.place, UNKNOWN, before=known)
        else:
            _, made = outputs(token, request.urn, inputs, self.place, before=known)
        return provider_pb2.UpdateResponse(properties=self._properties(token, {**_secrets(before), **raw}, made))

    def Read(self, request: Any, context: Any) -> Any:
        """Returns the state unchanged. Any other resource (an import, a `get`) is made up for the requested id."""
        if request.properties.fields:
            return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)
        token = _token(request.urn)
        _, made = outputs(token, request.urn, {}, self.place, before={"id": request.id})
        return provider_pb2.ReadResponse(id=request.id, properties=self._properties(token, {}, made))

    def Delete(self, request: Any, context: Any) -> Any:
        self._identities.release(request.urn, request.id)
        return empty_pb2.Empty()

    def _properties(self, token: str, raw: Mapping[str, Any], made: dict[str, Any]) -> Any:
        if self.default_tags and isinstance(made.get("tagsAll"), dict):
            made["tagsAll"] = {**self.default_tags, **made["tagsAll"]}
        return encode(seal(resource_type(token), raw, made))

    # --- functions

    def Invoke(self, request: Any, context: Any) -> Any:
        arguments = reveal(decode(request.args))
        try:
            result = invoke(request.tok, arguments, self.place)
        except (LookupError, ValueError) as error:
            return provider_pb2.InvokeResponse(failures=[provider_pb2.CheckFailure(reason=str(error))])
        if request.tok.endswith(":getDefaultTags"):
            result["tags"] = dict(self.default_tags)
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(encode(result))  # a word of Python's own
        return response


def _token(urn: str) -> str:
    """The resource type at the end of a URN's qualified type."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _top(path: str) -> str:
    """The property in which a path starts."""
    return path.partition(".")[0].partition("[")[0]


def _ambient_region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""


def _tags_of(default_tags: Any) -> dict[str, str]:
    """The tags of the provider's `defaultTags`, which travel as JSON text."""
    given = json.loads(default_tags) if isinstance(default_tags, str) and default_tags else default_tags
    return dict((given or {}).get("tags") or {})


def _as_document(kind: ResourceType, name: str, value: Any) -> Any:
    """A policy object as the JSON text that the provider stores; unknown values stay as they are."""
    prop = kind.properties.get(name)
    if prop is None or prop.kind != "json" or holds_unknown(value):
        return value
    plain = reveal(value)
    if not isinstance(plain, dict):
        return value
    text = json.dumps(plain, separators=(",", ":"), sort_keys=True)
    return text if plain == value else SecretValue(text)


def _refused(request: Any, reasons: list[str]) -> Any:
    """Failures without their `property`, since the engine would print the property's value, secret or not."""
    response = provider_pb2.CheckResponse(inputs=request.news)
    for reason in reasons:
        response.failures.add(reason=reason)
    return response


def _secrets(state: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs that were secret before."""
    return {name: value for name, value in state.items() if isinstance(value, SecretValue)}


def main() -> None:
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(AwsProvider(), server))


if __name__ == "__main__":
    main()
