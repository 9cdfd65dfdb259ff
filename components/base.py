"""Base of all components: type token, and the names, options and tags of their children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pulumi

from components.site import DataClass, Site


class Component(pulumi.ComponentResource):
    """Base of every component: a subclass sets `tier` and `kind`, and ends its `__init__` with `register_outputs`."""

    tier: ClassVar[str]
    """Value of the `Tier` tag and middle of the type token, for example `data`."""
    kind: ClassVar[str]
    """Last part of the type token, for example `DataTier`."""

    def __init__(
        self,
        name: str,
        site: Site,
        opts: pulumi.ResourceOptions | None = None,
        *,
        inputs: Mapping[str, Any] | None = None,
    ) -> None:
        """`inputs` are shown in the stack's graph: what the component was asked for, for policies to judge by."""
        super().__init__(f"saleday:{self.tier}:{self.kind}", name, inputs, opts)
        self._prefix = name
        self.site = site

    def child(self, *parts: str) -> str:
        """The logical name of a child: unique in the stack, as it starts with the component's name."""
        return "-".join((self._prefix, *parts))

    def opts(
        self,
        *,
        parent: pulumi.Resource | None = None,
        provider: pulumi.ProviderResource | None = None,
        depends_on: Sequence[pulumi.Resource] | None = None,
        ignore_changes: Sequence[str] | None = None,
        **other: Any,
    ) -> pulumi.ResourceOptions:
        """Options of a child: parented to this component, or to a sibling child.

        What the caller gave this component (aliases, transforms, protection) is not merged in: the engine passes on
        what children inherit, and merging the rest would re-parent them.
        """
        return pulumi.ResourceOptions(
            parent=parent or self,
            provider=provider,
            depends_on=list(depends_on) if depends_on else None,
            ignore_changes=list(ignore_changes) if ignore_changes else None,
            **other,
        )

    def tags(self, data_class: DataClass = "internal", name: str | None = None) -> dict[str, str]:
        """Tags of a child."""
        return self.site.tags(self.tier, data_class, name)
