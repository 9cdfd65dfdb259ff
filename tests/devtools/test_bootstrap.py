"""From a fresh clone to a tree that works, however often it is asked for and whoever kills it."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.paths import REPO_ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A tree that needs no package, with a `pulumi` on PATH that needs no build."""
    clone = tmp_path / "clone"
    shutil.copytree(REPO_ROOT / "devtools", clone / "devtools", ignore=shutil.ignore_patterns("__pycache__", "data"))
    (clone / "requirements.lock").write_text("")
    (tmp_path / "bin").mkdir()
    pulumi = tmp_path / "bin" / "pulumi"
    pulumi.write_text("#!/bin/sh\necho v3.300.0\n")
    pulumi.chmod(0o755)
    return clone


def command(clone: Path, *, python: str = "-m devtools.bootstrap", **environment: str) -> subprocess.Popen[str]:
    path = f"{clone.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        [sys.executable, *python.split(" ", 1)],
        cwd=clone,
        env={**os.environ, "PATH": path, "XDG_CACHE_HOME": str(clone.parent / "cache"), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def set_up(clone: Path, **environment: str) -> tuple[int, str, str]:
    process = command(clone, **environment)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def test_two_at_once_set_a_clone_up_once_and_again_when_requirements_change(clone: Path) -> None:
    first, second = command(clone), command(clone)
    said = first.communicate(timeout=120)[0] + second.communicate(timeout=120)[0]
    assert (first.returncode, second.returncode) == (0, 0)
    assert said.count("making .venv from") == 1
    assert (clone / ".venv" / "bin" / "python").exists()
    assert set_up(clone) == (0, "", ""), "nothing is missing, so nothing is done or said"

    (clone / "requirements.lock").write_text("# another comment, so another lock\n")
    code, out, _ = set_up(clone)
    assert code == 0
    assert "bringing .venv up to date" in out
    assert set_up(clone) == (0, "", "")


@pytest.mark.thorough
def test_what_is_left_unfinished_is_made_anew_and_never_taken_for_finished(clone: Path) -> None:
    leftover = clone / ".venv" / "lib" / "half-installed"
    leftover.mkdir(parents=True)
    gone = clone / "gone.tar.gz"
    (clone / "requirements.lock").write_text(f"gone @ file://{gone} --hash=sha256:{64 * '0'}\n")
    code, out, err = set_up(clone)
    assert code == 1
    assert "making .venv" in out
    assert err.startswith("python: installing packages failed: ")
    assert err.count("\n") == 1
    assert not leftover.exists(), "what a killed set-up left must not stay"
    assert not (clone / ".venv" / "requirements.sha256").exists()


def test_a_python_that_is_too_old_is_one_line(clone: Path) -> None:
    pretend = "import sys; sys.version_info = (3, 9, 18); import runpy; runpy.run_module('devtools.bootstrap')"
    process = command(clone, python=f"-c {pretend}")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "is 3.9, but this needs 3.11 or later" in err
    assert "Traceback" not in err


@pytest.mark.thorough
def test_every_python_can_read_the_check_of_its_version() -> None:
    text = (REPO_ROOT / "devtools" / "bootstrap.py").read_text(encoding="ascii")
    nodes = list(ast.walk(ast.parse(text, feature_version=(3, 4))))
    assert not [node for node in nodes if isinstance(node, ast.JoinedStr | ast.AnnAssign)]
    assert "__future__" not in text
    assert text.index("sys.exit") < text.index("from devtools")


@pytest.mark.thorough
def test_an_environment_of_another_python_is_made_anew(clone: Path) -> None:
    assert set_up(clone)[0] == 0
    settings = clone / ".venv" / "pyvenv.cfg"
    settings.write_text(re.sub(r"(?m)^version *=.*$", "version = 3.99.0", settings.read_text()))
    (clone / ".venv" / "requirements.sha256").write_text("of another Python")
    code, out, _ = set_up(clone)
    assert code == 0
    assert "making .venv from" in out
    assert "3.99" not in settings.read_text()


def test_an_index_that_cannot_be_reached_is_named_without_its_password(clone: Path) -> None:
    (clone / "requirements.lock").write_text(f"package==1 --hash=sha256:{64 * '0'}\n")
    code, _, err = set_up(
        clone, PIP_INDEX_URL="http://us:secret@127.0.0.1:9/simple", PIP_RETRIES="0", PIP_CONFIG_FILE=os.devnull
    )
    assert code == 1
    assert err.startswith("python: installing packages failed: the package index at 127.0.0.1")
    assert "can't be reached; see to the network, a proxy or pip's index-url" in err
    assert "secret" not in err
    assert err.count("\n") == 1


def test_a_user_without_a_home_is_told_what_to_set(clone: Path) -> None:
    code, _, err = set_up(clone, HOME="", XDG_CACHE_HOME="", PATH="/usr/bin:/bin")
    assert code == 1
    assert err.startswith("HOME: there is no home for the cache of built tools")
    assert err.count("\n") == 1
    assert not Path("/.cache/saleday").exists()


@pytest.mark.thorough
def test_a_package_without_its_hash_is_not_installed(clone: Path) -> None:
    package = clone / "package-1.tar.gz"
    package.write_bytes(b"")
    (clone / "requirements.lock").write_text(f"package @ file://{package}\n")
    code, _, err = set_up(clone)
    assert code == 1
    log = (clone / ".rehearsal" / "venv.log").read_text()
    assert "hash" in log.lower(), f"{err}\n{log}"
