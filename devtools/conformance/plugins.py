"""A PULUMI_HOME as a rehearsal has it, with the real AWS plugin in the place of the offline one."""

from __future__ import annotations

import os
from pathlib import Path

from devtools.conformance.build import ProviderPlugin
from devtools.paths import REPO_ROOT, VENV
from devtools.rehearsal import pulumi_home
from devtools.toolchain import Pulumi


def install(plugin: ProviderPlugin, *, home: Path, pulumi: Pulumi) -> None:
    """Put the real AWS plugin and the offline awsx one into `home`. Raises HomeError."""
    pulumi_home.install(home, pulumi, VENV / "bin" / "python", REPO_ROOT)
    link(plugin, home)


def link(plugin: ProviderPlugin, home: Path) -> None:
    """Make `home` hold `plugin`: by a link, since a copy would take a third of a gigabyte."""
    place = home / "plugins" / f"resource-aws-v{plugin.version}" / "pulumi-resource-aws"
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f"{place.name}.{os.getpid()}")
    fresh.symlink_to(plugin.executable)
    fresh.replace(place)
