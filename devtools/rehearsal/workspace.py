"""Workspace of the engine: a copy of the project's and the stack's settings, with a state of its own beside them.

The engine writes into the stack's file (the salt of its secrets), so it gets a copy and the tree stays clean. Secrets
in that file are encrypted by a provider that needs an account, or with an unknown passphrase: the copy holds stand-ins
under the rehearsal's own passphrase.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pulumi_yaml import stacks as files
from pulumi_yaml.document import Unreadable, read
from pulumi_yaml.stacks import SECRETS_PROVIDER_KEYS, STAND_IN, is_secret


class BadInput(Exception):
    """Invalid user input: one line with the place, the rule and the value."""


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """One stack's copies and state in `folder`, made from the project in `tree`."""

    tree: Path
    stack: str
    folder: Path
    project: str
    """The project's name, from Pulumi.yaml."""

    secrets: list[str] = field(default_factory=list)
    """Paths of the settings' secrets, in the CLI's notation; the CLI has yet to encrypt the stand-ins there."""

    @property
    def stack_file(self) -> Path:
        return self.folder / f"Pulumi.{self.stack}.yaml"

    @property
    def state(self) -> Path:
        """The folder of the file backend."""
        return self.folder / "state"

    @property
    def policy_pack(self) -> Path:
        return self.tree / "policy"


def known_stacks(tree: Path) -> list[str]:
    """The stacks that the tree has a file for, in the order of their names."""
    return files.known(tree)


def prepare(tree: Path, stack: str, folder: Path, *, stacks: Path | None = None) -> Workspace:
    """Copy the project's and the stack's settings into `folder`, which may hold the state of earlier runs.

    `stacks` is where the stack's file and the project's defaults are, if not in `tree`. Raises BadInput for a stack
    without a file and for files that can't be read.
    """
    source = stacks or tree
    known = known_stacks(source)
    if stack not in known:
        raise BadInput(
            f"STACK={stack}: there is no Pulumi.{stack}.yaml; the stacks are {', '.join(known) or 'none yet'}"
        )
    try:
        read_project, read_stack = files.project(tree), files.stack(stack, source)
        project, settings = dict(read_project.values), dict(read_stack.values)
        if stacks is not None:
            project["config"] = files.project(stacks).values.get("config")
        files.configuration(read_project, read_stack)
    except Unreadable as error:
        raise BadInput(str(error)) from None
    name = str(project["name"])

    project.pop("backend", None)  # the user's own; the state of a rehearsal is always a folder of the tree
    project["main"] = str(tree / project.get("main", "."))
    _make_paths_absolute(project, tree)

    settings.pop("environment", None)  # values that only Pulumi Cloud could resolve
    for key in SECRETS_PROVIDER_KEYS:
        settings.pop(key, None)
    config = settings.get("config") or {}
    workspace = Workspace(tree=tree, stack=stack, folder=folder, project=name, secrets=sorted(_blank_secrets(config)))

    folder.mkdir(parents=True, exist_ok=True)
    workspace.state.mkdir(exist_ok=True)
    if workspace.stack_file.exists():  # the state there is encrypted with the salt in the copy made before
        salt = read(workspace.stack_file).values.get("encryptionsalt")
        if salt is not None:
            settings["encryptionsalt"] = salt
    _write(folder / "Pulumi.yaml", project)
    _write(workspace.stack_file, settings)
    return workspace


def wipe(folder: Path) -> None:
    """Remove copies and state, whatever a killed run left of them."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        shutil.rmtree(folder)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _make_paths_absolute(project: dict[str, Any], tree: Path) -> None:
    """Paths in Pulumi.yaml are relative to it, and the copy is elsewhere."""
    runtime = project.get("runtime")
    options = runtime.get("options") if isinstance(runtime, dict) else None
    if isinstance(options, dict) and "virtualenv" in options:
        options["virtualenv"] = str(tree / options["virtualenv"])
    plugins = project.get("plugins")
    for group in plugins.values() if isinstance(plugins, dict) else ():
        for plugin in group or ():
            plugin["path"] = str(tree / plugin["path"])


def _blank_secrets(config: dict[str, Any]) -> Iterator[str]:
    """Replace each ciphertext with a plain stand-in, and yield its path.

    Every secret must be present: the CLI can set an existing value, but not insert into a list.
    """
    for key, value in config.items():
        if is_secret(value):
            config[key] = STAND_IN
            yield str(key)
        else:
            yield from _blank_secrets_in(value, str(key))


def _blank_secrets_in(value: Any, path: str) -> Iterator[str]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in list(children):
        inner = f'{path}["{key}"]' if isinstance(key, str) else f"{path}[{key}]"
        if is_secret(child):
            value[key] = STAND_IN
            yield inner
        else:
            yield from _blank_secrets_in(child, inner)
