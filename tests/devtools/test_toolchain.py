"""The CLI: taken from PATH where it fits, else built once, and one line where neither can be."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools import toolchain
from devtools.go_build import GoError
from devtools.locks import Lock
from devtools.toolchain import BUILT_VERSION, Pulumi

Script = Callable[[str, str], Path]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH but the shell's, with a cache of its own beside it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


@pytest.fixture
def script(folder: Path) -> Script:
    def make(name: str, body: str) -> Path:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return make


@pytest.mark.parametrize("version", ["v3.259.0", "3.259.1", "v3.400.1", "v3.260.0-alpha.1768"])
def test_a_version_of_the_sdks_major_from_the_floor_on_fits(version: str) -> None:
    assert toolchain.fits(version)


@pytest.mark.parametrize("version", ["v3.258.9", "3.1.0", "v2.25.0", "v4.0.0", "", "dev"])
def test_other_versions_do_not_fit(version: str) -> None:
    assert not toolchain.fits(version)


def test_a_fitting_pulumi_on_path_is_used(script: Script, tmp_path: Path) -> None:
    path = script("pulumi", "echo v3.300.0")
    assert toolchain.ready(tmp_path / "note") == Pulumi(path=str(path), version="3.300.0")


def test_the_one_on_path_is_asked_once_and_again_when_it_has_changed(script: Script, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    script("pulumi", f"echo asked >> {asked}; echo v3.300.0")
    for _ in range(3):
        toolchain.ready(tmp_path / "note")
    assert asked.read_text().count("asked") == 1
    script("pulumi", f"echo asked >> {asked}; echo v3.301.10")
    pulumi = toolchain.ready(tmp_path / "note")
    assert pulumi is not None
    assert pulumi.version == "3.301.10"


def test_the_one_on_path_is_asked_without_touching_the_users_home(script: Script, tmp_path: Path) -> None:
    script("pulumi", f'echo "$PULUMI_HOME" > {tmp_path}/home; echo v3.300.0')
    toolchain.ready(tmp_path / "note")
    assert (tmp_path / "home").read_text().strip() == str(tmp_path / "cache" / "saleday" / "home")


@pytest.mark.parametrize("body", ["echo v3.100.0", "echo v4.0.0", "exit 3"], ids=["old", "new", "broken"])
def test_another_pulumi_on_path_is_passed_over_and_said_so(
    script: Script, tmp_path: Path, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    path = script("pulumi", body)
    assert toolchain.ready(tmp_path / "note") is None
    said = capsys.readouterr().out
    assert str(path) in said
    assert BUILT_VERSION in said


def test_a_pulumi_that_hangs_is_passed_over(
    script: Script, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert toolchain.CLI_TIMEOUT_SECONDS <= 10
    monkeypatch.setattr(toolchain, "CLI_TIMEOUT_SECONDS", 0.1)
    path = script("pulumi", "exec /bin/sleep 20")
    assert toolchain.ready(tmp_path / "note") is None
    assert f"{path} is broken" in capsys.readouterr().out


@pytest.mark.parametrize("clock", [1, 4_102_444_800], ids=["1970", "2100"])
def test_files_of_another_time_are_taken_for_what_they_are(script: Script, tmp_path: Path, clock: int) -> None:
    path = script("pulumi", "echo v3.300.0")
    os.utime(path, (clock, clock))
    for _ in range(2):
        assert toolchain.ready(tmp_path / "note") == Pulumi(path=str(path), version="3.300.0")
        os.utime(tmp_path / "note", (clock, clock))
    lock = tmp_path / "lock"
    lock.write_text('{"pid": 4000000, "started": 1, "since": "23:59:59", "purpose": "make up"}')
    os.utime(lock, (clock, clock))
    with Lock(lock) as held:
        assert held.take("test") == []


def test_a_cli_built_before_is_found(folder: Path, tmp_path: Path) -> None:
    built = toolchain.built_cli()
    assert built.is_relative_to(tmp_path / "cache"), "the cache is outside of the tree"
    assert toolchain.ready(tmp_path / "note") is None
    built.parent.mkdir(parents=True)
    built.write_text("whole")
    assert toolchain.ready(tmp_path / "note") == Pulumi(path=str(built), version=BUILT_VERSION)


def test_without_go_and_without_pulumi_one_line_says_what_to_install(folder: Path, tmp_path: Path) -> None:
    with Lock(tmp_path / "lock").wait("test") as lock, pytest.raises(GoError) as error:
        toolchain.build(lock)
    assert "install Go 1.26 or later" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_build_takes_its_place_only_when_it_is_whole(script: Script, tmp_path: Path) -> None:
    script("go", 'while [ "$1" != -o ]; do shift; done; test ! -e "$2"; echo built > "$2"')
    with Lock(tmp_path / "lock").wait("test") as lock:
        pulumi = toolchain.build(lock)
    assert Path(pulumi.path).read_text() == "built\n"
    assert Path(pulumi.path) == toolchain.built_cli()
    assert {path.name for path in Path(pulumi.path).parent.iterdir()} == {"build.log", "pulumi", "pulumi.size"}


def test_a_failed_build_leaves_nothing_and_tells_gos_last_words(script: Script, tmp_path: Path) -> None:
    script("go", 'while [ "$1" != -o ]; do shift; done; echo half > "$2"; echo "go: no such host"; exit 1')
    with Lock(tmp_path / "lock").wait("test") as lock, pytest.raises(GoError, match="go: no such host"):
        toolchain.build(lock)
    assert {path.name for path in toolchain.built_cli().parent.iterdir()} == {"build.log"}


def test_a_program_that_only_has_gos_name_is_told(script: Script, tmp_path: Path) -> None:
    path = script("go", "exit 0")
    with Lock(tmp_path / "lock").wait("test") as lock, pytest.raises(GoError, match=f"{path} has built nothing"):
        toolchain.build(lock)
    assert toolchain.already_built() is None


def test_a_build_that_was_killed_is_done_again(script: Script, tmp_path: Path) -> None:
    abandoned = toolchain.built_cli().with_name("pulumi.12345.unfinished")
    abandoned.parent.mkdir(parents=True)
    abandoned.write_text("half")
    assert toolchain.already_built() is None, "half a CLI must not be taken for one"
    script("go", 'while [ "$1" != -o ]; do shift; done; echo built > "$2"')
    with Lock(tmp_path / "lock").wait("test") as lock:
        toolchain.build(lock)
    assert not abandoned.exists()


@pytest.mark.parametrize("left", [0, 3])
def test_a_cli_that_is_cut_is_built_anew(script: Script, tmp_path: Path, left: int) -> None:
    script("go", 'while [ "$1" != -o ]; do shift; done; echo built > "$2"')
    with Lock(tmp_path / "lock").wait("test") as lock:
        toolchain.build(lock)
        assert toolchain.already_built() is not None
        os.truncate(toolchain.built_cli(), left)
        assert toolchain.already_built() is None
        toolchain.build(lock)
    assert toolchain.already_built() is not None


@pytest.mark.parametrize(("home", "cache"), [("", ""), ("relative", ""), ("", "relative")])
def test_a_cache_is_never_put_where_nobody_means_it(monkeypatch: pytest.MonkeyPatch, home: str, cache: str) -> None:
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("XDG_CACHE_HOME", cache)
    with pytest.raises(GoError, match=r"HOME: there is no home .* set HOME, or XDG_CACHE_HOME"):
        toolchain.built_cli()


def test_a_user_whom_the_system_does_not_know_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999)
    with pytest.raises(GoError, match="got nothing"):
        toolchain.built_cli()


def test_the_version_built_is_the_one_that_go_mod_pins() -> None:
    pins = (toolchain.CLI_MODULE / "go.mod").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 v{BUILT_VERSION} " in pins
    assert f"github.com/pulumi/pulumi/sdk/v3 v{BUILT_VERSION} " in pins
    assert toolchain.fits(BUILT_VERSION)
