"""Copies of the tree to measure in, as it is and with many more services."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import yaml

LEFT_OUT = (".git", ".rehearsal", ".venv", "__pycache__", ".hypothesis", ".pytest_cache", ".ruff_cache", "build")

TASKS = {"min": 3, "max": 6}
"""Of each added service: as many services as this bench adds have to fit into the stack's addresses."""


def copy_tree(tree: Path, target: Path) -> None:
    """Copy the program with everything a rehearsal needs; the virtual environment is shared by a link."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(tree, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (target / ".venv").symlink_to(tree / ".venv")


def take_stacks(tree: Path, stacks: Path) -> None:
    """Give the tree the stacks of `stacks`, so that figures of two trees are of one shop."""
    for file in stacks.glob("Pulumi.*.yaml"):
        shutil.copy(file, tree)


def drop_policies(tree: Path) -> None:
    """Leave the tree without a policy pack in force."""
    (tree / "policy" / "PulumiPolicy.yaml").unlink()


def service_count(tree: Path, stack: str) -> int:
    """Number of services of the stack."""
    return len(_services(_read(tree, stack)))


def add_services(tree: Path, stack: str, count: int) -> None:
    """Bring the stack to `count` services: more of those it has, under names and paths of their own."""
    settings = _read(tree, stack)
    services = _services(settings)
    models = list(services)
    for number in range(len(models) + 1, count + 1):
        service = copy.deepcopy(models[number % len(models)])
        service["name"] = f"{service['name']}-{number}"
        if service.get("publicPaths"):
            service["publicPaths"] = [f"/part{number}", f"/part{number}/*"]
        service["scaling"] = {**service.get("scaling", {}), **TASKS}
        services.append(service)
    _file(tree, stack).write_text(yaml.safe_dump(settings, sort_keys=False))


def _file(tree: Path, stack: str) -> Path:
    return tree / f"Pulumi.{stack}.yaml"


def _read(tree: Path, stack: str) -> dict[str, Any]:
    return yaml.safe_load(_file(tree, stack).read_text())


def _services(settings: dict[str, Any]) -> list[dict[str, Any]]:
    return settings["config"]["saleday:services"]
