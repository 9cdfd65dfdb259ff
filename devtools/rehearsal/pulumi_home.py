"""A PULUMI_HOME of the tree's own, with the offline plugins installed under the names and versions of the real ones.

The user's own home, with what they are logged in to and their plugins, is never touched.
"""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devtools.rehearsal.plugins import PLUGINS
from devtools.toolchain import Pulumi

ANALYZER_VERSION = "1.21.0"
"""Of pulumi-policy, which serves the pack."""


class HomeError(Exception):
    """A plugin can't be installed: one line with the plugin and the cause."""


@dataclass(frozen=True, kw_only=True)
class Executable:
    """A plugin as the engine looks for it: kind, name and version in Pulumi's terms, and the script that starts it."""

    kind: str
    name: str
    version: str
    script: str

    @property
    def file_name(self) -> str:
        return f"pulumi-{self.kind}-{self.name}"

    @property
    def folder_name(self) -> str:
        """Name of the folder that the CLI installs the plugin into."""
        return f"{self.kind}-{self.name}-v{self.version}"


def executables(python: Path, tree: Path) -> list[Executable]:
    """All that a rehearsal of `tree` needs: the offline providers, and what starts a policy pack."""
    environment = f"PYTHONPATH={shlex.quote(str(tree))}"
    providers = [
        Executable(
            kind=plugin.kind,
            name=plugin.name,
            version=plugin.version,
            # -P: nothing in the folder that the engine starts a plugin in may shadow a module.
            script=f'#!/bin/sh\n{environment} exec {shlex.quote(str(python))} -P -m {plugin.module} "$@"\n',
        )
        for plugin in PLUGINS
    ]
    # The engine starts this one in the pack's folder with its address, the pack and the pack's runtime options. The
    # pack gets the rehearsal's Python, but nothing of the tree on its path: it stands alone.
    analyzer = f'#!/bin/sh\nexec {shlex.quote(str(python))} -u "$2" "$1"\n'
    return [*providers, Executable(kind="analyzer", name="policy-python", version=ANALYZER_VERSION, script=analyzer)]


def install(home: Path, pulumi: Pulumi, python: Path, tree: Path) -> list[str]:
    """Install what is missing or was made for another place, and return the names of those plugins."""
    home.mkdir(parents=True, exist_ok=True)
    _refuse_logs(home / "logs")
    installed = []
    for executable in executables(python, tree):
        if not _is_installed(executable, home / "plugins"):
            _install(executable, home, pulumi)
            if not _is_installed(executable, home / "plugins"):
                raise HomeError(
                    f"plugin {executable.folder_name} is not there although {pulumi.path} has installed it; it is no "
                    "whole Pulumi CLI: take it off PATH, or install it anew"
                )
            installed.append(executable.name)
    return installed


def _is_installed(executable: Executable, plugins: Path) -> bool:
    """Whether the plugin is there in whole, as this tree has it; the CLI marks one that it has not finished."""
    file = plugins / executable.folder_name / executable.file_name
    if (plugins / f"{executable.folder_name}.partial").exists() or not os.access(file, os.X_OK):
        return False
    return file.is_file() and file.read_bytes() == executable.script.encode()


def _refuse_logs(place: Path) -> None:
    """Put a file in place of the CLI's folder for step logs, so that it writes none.

    They are not needed here, take up to 500 MB, and half of the engine's processor time.
    """
    if place.is_dir():
        shutil.rmtree(place)
    place.touch()


def _install(executable: Executable, home: Path, pulumi: Pulumi) -> None:
    content = executable.script.encode()
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "plugin.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            entry = tarfile.TarInfo(executable.file_name)
            entry.mode = 0o755
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        command = [pulumi.path, "plugin", "install", executable.kind, executable.name, executable.version]
        done = subprocess.run(
            [*command, "--file", str(archive), "--reinstall", "--non-interactive"],
            env={"PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true", "PATH": "/usr/bin:/bin"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise HomeError(f"plugin {executable.folder_name} can't be installed: {reason}")
