"""Where a tree lies and what it may use: odd paths, links, read-only file systems and little memory."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import memory
from tests.devtools.rehearsal.small_tree import SmallTree
from tests.devtools.rehearsal.test_faults import can_mount

READ_ONLY = """
mount --bind "$1" "$1" && mount -o remount,ro,bind "$1"
exec "$0" -m saleday preview --stack dev
"""


@pytest.mark.engine
@pytest.mark.thorough
def test_a_tree_may_lie_anywhere_and_be_reached_by_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = SmallTree(tmp_path / 'my "shop", ü✓\'s' / "sale day")
    tree.stack("dev", {"queues": 1, "owner": "nobody"})
    monkeypatch.setenv("LC_ALL", "C")
    for place in (tree.path, tmp_path / "link"):
        if place != tree.path:
            place.symlink_to(tree.path)
        tree.path = place
        done = tree.run("preview", "dev")
        assert done.returncode == 1
        assert "is owned by nobody; name somebody" in done.stderr, "the pack was found and has judged"
        assert "Traceback" not in done.stderr


def told_of(command: list[str], tree: SmallTree) -> str:
    """The one line of a command that fails, within ten seconds."""
    done = subprocess.run(command, cwd=tree.path, capture_output=True, text=True, timeout=10, start_new_session=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.mark.skipif(not can_mount(), reason="no file system can be mounted here")
def test_a_read_only_tree_is_told(tmp_path: Path) -> None:
    tree = SmallTree(tmp_path / "tree")
    tree.stack("dev", {"queues": 1})
    line = told_of(["unshare", "-Urm", "sh", "-c", READ_ONLY, sys.executable, str(tree.path)], tree)
    assert "work on a copy of the tree that can be written" in line
    assert not (tree.path / ".rehearsal").exists()


def test_too_little_memory_is_told_before_anything_is_begun(tmp_path: Path) -> None:
    tree = SmallTree(tmp_path / "tree")
    tree.stack("dev", {"queues": 1})
    limited = 'ulimit -v 900000; exec "$0" -m saleday preview --stack dev'
    assert "of address space (got 878); raise the limit" in told_of(["sh", "-c", limited, sys.executable], tree)


def test_memory_is_enough_from_its_least_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, enough in (
        (resource.RLIM_INFINITY, True),
        (memory.MIN_ADDRESS_SPACE, True),
        (memory.MIN_ADDRESS_SPACE - 1, False),
    ):
        monkeypatch.setattr(resource, "getrlimit", lambda _, limit=limit: (limit, limit))
        assert (memory.too_small() == "") is enough


@pytest.mark.skipif(not can_mount(), reason="no file system can be mounted here")
def test_a_cache_that_may_only_be_read_is_named(tmp_path: Path) -> None:
    build = (
        f"mount -t tmpfs -o ro none {tmp_path} && exec {sys.executable} -c '"
        "import sys; from devtools import set_up; set_up.venv_is_ready = lambda: True; sys.exit(set_up.main())'"
    )
    done = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", build],
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
        capture_output=True,
        text=True,
        timeout=10,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"set-up: {tmp_path}/saleday: Read-only file system; ")
    assert done.stderr.count("\n") == 1
