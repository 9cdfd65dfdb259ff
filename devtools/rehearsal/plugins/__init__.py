"""Offline stand-ins for the provider plugins of pulumi-aws and pulumi-awsx.

Each is started as `python -m <module> <engine address>` and prints the port on which it serves Pulumi's provider
protocol, on loopback only. Its limits are in `docs/rehearsal-limits.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

# The releases that requirements.txt pins: the engine only takes a plugin that reports the version it is installed as.
AWS_VERSION: Final = "7.51.1"
AWSX_VERSION: Final = "3.11.0"


@dataclass(frozen=True, slots=True)
class OfflinePlugin:
    """A plugin as `pulumi plugin install <kind> <name> <version>` knows it, and the module that serves it."""

    kind: str
    name: str
    version: str
    module: str


PLUGINS: Final = (
    OfflinePlugin("resource", "aws", AWS_VERSION, "devtools.rehearsal.plugins.aws"),
    OfflinePlugin("resource", "awsx", AWSX_VERSION, "devtools.rehearsal.plugins.awsx"),
)
