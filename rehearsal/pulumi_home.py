"""A PULUMI_HOME of the tree's own, with the offline plugins installed under the names and versions of the real ones.

The user's own home, with what they are logged in to and their plugins, is never touched.
"""

from __future__ import annotations

import hashlib
import io
import shlex
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from rehearsal.toolchain import Pulumi


class Plugin(Protocol):
    """What the engine has to find: its kind and name in Pulumi's terms, the version it stands for, and the module that
    serves it."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def module(self) -> str: ...


class HomeError(Exception):
    """A plugin can't be installed: one line that says which and why."""


def install(plugins: Iterable[Plugin], *, home: Path, pulumi: Pulumi, python: Path, tree: Path) -> list[str]:
    """Install those plugins that are missing or whose launcher has changed, and return their names."""
    installed = []
    for plugin in plugins:
        launcher = _launcher(plugin, python, tree)
        stamp = home / f"{plugin.kind}-{plugin.name}-{plugin.version}.sha256"
        digest = hashlib.sha256(launcher.encode()).hexdigest()
        executable = home / "plugins" / f"{plugin.kind}-{plugin.name}-v{plugin.version}" / _executable(plugin)
        if stamp.is_file() and stamp.read_text() == digest and executable.is_file():
            continue
        home.mkdir(parents=True, exist_ok=True)
        _install(plugin, launcher, pulumi, {"PULUMI_HOME": str(home)})
        stamp.write_text(digest)
        installed.append(plugin.name)
    return installed


def _executable(plugin: Plugin) -> str:
    return f"pulumi-{plugin.kind}-{plugin.name}"


def _launcher(plugin: Plugin, python: Path, tree: Path) -> str:
    # -P: the engine starts an analyzer in the policy pack's folder, whose modules must not shadow anybody else's.
    command = shlex.join([str(python), "-P", "-m", plugin.module])
    return f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(tree))} exec {command} "$@"\n'


def _install(plugin: Plugin, launcher: str, pulumi: Pulumi, environment: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "plugin.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            entry = tarfile.TarInfo(_executable(plugin))
            entry.mode = 0o755
            entry.size = len(launcher.encode())
            tar.addfile(entry, io.BytesIO(launcher.encode()))
        command = [pulumi.path, "plugin", "install", plugin.kind, plugin.name, plugin.version]
        command += ["--file", str(archive), "--reinstall", "--non-interactive"]
        done = subprocess.run(
            command,
            env={"PATH": "/usr/bin:/bin", "PULUMI_SKIP_UPDATE_CHECK": "true", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        reason = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
        raise HomeError(f"plugin {plugin.kind} {plugin.name} {plugin.version} can't be installed: {reason}")
