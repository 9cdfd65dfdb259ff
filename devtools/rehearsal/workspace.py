"""Workspace of the engine: a copy of the project's and the stack's settings, with a state of its own beside them.

The engine writes into the stack's file, so it gets a copy and the tree stays clean. Secrets in that file are encrypted
by a provider that needs an account, or with an unknown passphrase: the copy holds stand-ins under the rehearsal's own.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from devtools.rehearsal.file_copy import project_copy, stack_copy
from pulumi_yaml import stacks as files
from pulumi_yaml.document import Unreadable


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

    source: Path
    """The folder with the stack's own file."""

    @property
    def stack_file(self) -> Path:
        return self.folder / f"Pulumi.{self.stack}.yaml"

    def write_stack_file(self) -> None:
        """Copy the stack's file; what the CLI has written into the copy before is dropped."""
        self.stack_file.write_bytes(stack_copy(files.path(self.stack, self.source).read_bytes()))

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

    `stacks` is where the stack's and the project's files are, if not in `tree`. Raises BadInput for a stack
    without a file and for files that can't be read.
    """
    source = stacks or tree
    known = known_stacks(source)
    if stack not in known:
        raise BadInput(
            f"STACK={stack}: there is no Pulumi.{stack}.yaml; the stacks are {', '.join(known) or 'none yet'}"
        )
    try:
        project = files.project(source)
        files.configuration(project, files.stack(stack, source))
        name = str(project.values["name"])
    except Unreadable as error:
        raise BadInput(str(error)) from None

    workspace = Workspace(tree=tree, stack=stack, folder=folder, project=name, source=source)
    folder.mkdir(parents=True, exist_ok=True)
    workspace.state.mkdir(exist_ok=True)
    (folder / "Pulumi.yaml").write_bytes(project_copy((source / "Pulumi.yaml").read_bytes(), tree))
    workspace.write_stack_file()
    return workspace


def wipe(folder: Path) -> None:
    """Remove copies and state, whatever a killed run left of them."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        shutil.rmtree(folder)
