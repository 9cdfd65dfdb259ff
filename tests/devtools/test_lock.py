"""What is installed: everything required, at its pinned version, with hashes, from wherever the user's pip looks."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from devtools.paths import REPO_ROOT
from devtools.set_up import PACKAGES
from tests.tree import files

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
TOOLS = {
    "ruff": "-m ruff",
    "ty": "-m ty",
    "uv": "-m uv",
    "pytest-xdist": "-n auto",
    "zensical": "zensical",
    "import-linter": "lint-imports",
    "cfn-lint": 'find_spec("cfnlint")',
}
"""Packages that are run instead of imported, with the words that run them."""
DATA = {"tzdata": "zoneinfo"}
"""Packages that another module reads."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: Path) -> dict[str, set[str]]:
    """Versions by name; a name has several where they depend on the Python or the platform."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9_.-]+)(?:\[\w,]+\])?==(\S+)", file.read_text(), re.MULTILINE):
        found.setdefault(normal(name), set()).add(version)
    return found


def required() -> dict[str, set[str]]:
    return {name: versions for file in REQUIREMENTS for name, versions in pins(REPO_ROOT / file).items()}


def test_what_is_required_is_locked_at_the_same_versions() -> None:
    locked = pins(PACKAGES)
    wrong = {
        name: (versions, locked.get(name)) for name, versions in required().items() if locked.get(name) != versions
    }
    assert not wrong, "write the lock again: make lock"


def test_every_package_of_the_lock_has_its_hashes() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", PACKAGES.read_text(), flags=re.MULTILINE)[1:]
    assert len(entries) > len(required())
    for entry in entries:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry.splitlines()[0]


def test_the_lock_names_no_registry() -> None:
    assert not re.search(r"https?:|--index|--find-links|--extra", PACKAGES.read_text()), "pip's own settings say where"


@cache
def imports() -> frozenset[str]:
    """Top-level modules that any file of the tree imports."""
    found = (re.findall(r"^ *(?:from|import) (\w+)", path.read_text(), re.MULTILINE) for path in files(".py"))
    return frozenset(name for names in found for name in names)


@cache
def modules() -> dict[str, set[str]]:
    """Top-level modules by the package that brings them."""
    found: dict[str, set[str]] = {}
    for module, names in packages_distributions().items():
        for name in names:
            found.setdefault(normal(name), set()).add(module)
    return found


@pytest.mark.parametrize("package", sorted(required()))
def test_a_required_package_is_imported_or_run(package: str) -> None:
    if package.startswith("types-"):  # stubs of a package that is there
        package = package.removeprefix("types-")
    if package in TOOLS:
        places = [REPO_ROOT / "Makefile", *files(".py", "devtools")]
        assert any(TOOLS[package] in place.read_text() for place in places), f"nothing runs {TOOLS[package]}"
        return
    if package in DATA:
        assert DATA[package] in imports()
        return
    assert modules().get(package, set()) & imports(), f"nothing imports {package}: take it out of the requirements"
