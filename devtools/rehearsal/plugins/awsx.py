"""The offline stand-in for `pulumi-resource-awsx`: only the remote component `awsx:ec2:Vpc`.

Its children are those of the real component, so that a stack can move from one to the other; the program's aws
provider, offline or real, makes them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi.provider

from devtools.rehearsal.fake_outputs.vpc_component import TOKEN, Child, LayoutError, Ref, UnsupportedError, plan
from devtools.rehearsal.plugins import AWS_VERSION, AWSX_VERSION
from devtools.rehearsal.plugins.server import leave_with_engine

# Arguments that the component needs as plain values, since they decide which children there are.
_PLAIN = ("availabilityZoneNames", "cidrBlock", "natGateways", "subnetSpecs", "subnetStrategy")
# Beside the name of a property the engine prints its value, secret or not: a name that no property has.
_NOWHERE = "layout"
# Outputs of a child that another child may ask for, beyond its id and its inputs.
_ASKED = ("allocationId",)


class _Resource(pulumi.CustomResource):
    """A resource of the aws package by its token: importing pulumi_aws would take longer than registering them all."""

    def __init__(self, child: Child, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(child.token, child.name, {**dict.fromkeys(_ASKED), **inputs}, opts)


class OfflineVpc(pulumi.ComponentResource):
    """`awsx:ec2:Vpc`, laid out by `devtools.rehearsal.fake_outputs.vpc_component`; `state` holds its outputs."""

    def __init__(self, name: str, arguments: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TOKEN, name, {}, opts)
        _refuse_outputs(arguments)
        made = plan(name, arguments)
        self._children: dict[str, _Resource] = {}
        for child in made.children:
            self._register(child)
        self.state = {key: self._resolve(value) for key, value in made.outputs.items()}
        self.register_outputs({})

    def _register(self, child: Child) -> None:
        parent: pulumi.Resource = self if child.parent is None else self._children[child.parent]
        after = [] if child.after is None else [self._children[child.after]]
        options = pulumi.ResourceOptions(parent=parent, depends_on=after, version=AWS_VERSION)
        self._children[child.key] = _Resource(child, self._resolve(dict(child.inputs)), options)

    def _resolve(self, value: Any) -> Any:
        """The value with each Ref replaced by the child's output, or by the child itself."""
        if isinstance(value, Ref):
            child = self._children[value.child]
            if value.prop == "self":
                return child
            return child.id if value.prop == "id" else vars(child)[value.prop]
        if isinstance(value, dict):
            return {key: self._resolve(item) for key, item in value.items()}
        return [self._resolve(item) for item in value] if isinstance(value, list) else value


class AwsxProvider(pulumi.provider.Provider):
    """Serves the component."""

    def __init__(self) -> None:
        super().__init__(AWSX_VERSION)

    def construct(
        self, name: str, resource_type: str, inputs: pulumi.Inputs, options: pulumi.ResourceOptions | None = None
    ) -> pulumi.provider.ConstructResult:
        if resource_type != TOKEN:
            raise pulumi.InputPropertyError(_NOWHERE, f"the rehearsal has only {TOKEN} of awsx, not {resource_type}")
        try:
            component = OfflineVpc(name, inputs, options)
        except (LayoutError, UnsupportedError) as error:
            raise pulumi.InputPropertyError(_NOWHERE, str(error)) from error
        return pulumi.provider.ConstructResult(component.urn, component.state)


def _refuse_outputs(arguments: Mapping[str, Any]) -> None:
    for name in _PLAIN:
        if isinstance(arguments.get(name), pulumi.Output):
            raise UnsupportedError(f"{name} of {TOKEN} must be a plain value: it decides which resources there are")


def main() -> None:
    leave_with_engine()
    pulumi.provider.main(AwsxProvider(), sys.argv[1:])


if __name__ == "__main__":
    main()
