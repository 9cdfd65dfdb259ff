"""Objects as YAML text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from components.service.kubernetes.manifests.names import Object


class _Plain(yaml.SafeDumper):
    """Writes what is there twice out twice: anchors are for machines, and people read this."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def to_yaml(objects: Sequence[Object]) -> str:
    """The objects as one stream of documents, in their order; the same objects give the same text."""
    return yaml.dump_all(
        objects, Dumper=_Plain, sort_keys=True, default_flow_style=False, width=120, explicit_start=True
    )
