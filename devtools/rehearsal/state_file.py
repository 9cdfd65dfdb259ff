"""The engine's file with a stack's state, and a copy of its last whole contents.

The engine writes the state and then its own backup in place of the one before: where there is no room, both end too
early. So a copy of the state is kept apart before each operation, and put back where the engine has spoilt its own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from devtools.disk import write_whole

MAX_VERSION: Final = 4
"""Newest version of a checkpoint that the CLI of this tree reads: apitype.DeploymentSchemaVersionLatest."""


class BadState(Exception):
    """A state that can't be used: one line with the file, the fault, the backup and the command that mends it."""


@dataclass(frozen=True)
class StateFile:
    """The state of one stack of a project in a file backend below `folder`."""

    folder: Path
    project: str
    stack: str

    @property
    def path(self) -> Path:
        return self._stacks / self.project / f"{self.stack}.json"

    @property
    def kept(self) -> Path:
        """The state before the last operation that changes it."""
        return self.folder / "state-before.json"

    @property
    def _stacks(self) -> Path:
        return self.folder / "state" / ".pulumi" / "stacks"

    @property
    def _backups(self) -> list[Path]:
        """Where the last whole state may be, the newest first."""
        return [self.path.with_name(f"{self.path.name}.bak"), self.kept]

    def exists(self) -> bool:
        """Whether the stack has been made. Raises BadState where its state is gone or can't be used."""
        if not self.path.exists():
            self._refuse_another_project()
            if not any(backup.exists() for backup in self._backups):
                return False
        if problem := self.problem():
            raise BadState(self._told(problem))
        return True

    def problem(self, path: Path | None = None) -> str:
        """What is wrong with the state; nothing where it is whole."""
        try:
            content = json.loads((path or self.path).read_bytes())
        except FileNotFoundError:
            return "is gone"
        except OSError as error:
            return f"can't be read: {error.strerror}"
        except ValueError:
            return "is no whole JSON"
        return self._content_problem(content)

    def keep(self) -> None:
        """Set the present state apart. Raises OSError without a change to what was kept before."""
        if not self.problem():
            write_whole(self.kept, self.path.read_bytes())

    def put_back(self) -> Path | None:
        """Where the state is spoilt: put the last whole one in its place, and return where it came from."""
        if not self.problem():
            return None
        whole = self._whole()
        if whole is not None:
            write_whole(self.path, whole.read_bytes())
        return whole

    def _whole(self) -> Path | None:
        return next((backup for backup in self._backups if not self.problem(backup)), None)

    def _content_problem(self, content: Any) -> str:
        if not isinstance(content, dict) or not isinstance(content.get("checkpoint"), dict):
            return "holds no state of a stack"
        version = content.get("version")
        if not isinstance(version, int) or version > MAX_VERSION:
            return f"is of version {version}, newer than this CLI reads ({MAX_VERSION})"
        name = str(content["checkpoint"].get("stack", ""))
        if name.count("/") == 2 and name.partition("/")[2] != f"{self.project}/{self.stack}":
            return f"is the state of {name.partition('/')[2]}, not of {self.project}/{self.stack}"
        return ""

    def _told(self, problem: str) -> str:
        whole = self._whole()
        if whole is not None:
            return f"{self.path}: {problem}; the last whole state is {whole}: put it back with `cp {whole} {self.path}`"
        return f"{self.path}: {problem}, and there is no whole backup; begin anew with `rm -r {self.folder}`"

    def _refuse_another_project(self) -> None:
        for path in sorted(self._stacks.glob(f"*/{self.stack}.json")):
            if b'"urn"' in path.read_bytes():
                raise BadState(
                    f"{path}: holds what `up` made under the project's name {path.parent.name} (got {self.project} in "
                    f"Pulumi.yaml); give the old name back to destroy it, or begin anew with `rm -r {self.folder}`"
                )
