"""The Pulumi CLI: the one on PATH where it fits, else one built from its Go module and kept in the user's cache.

Standard library only: the set-up uses it before anything is installed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from devtools import go_build
from devtools.console import elapsed, print_line
from devtools.disk import write_whole
from devtools.locks import Lock

BUILT_VERSION = "3.259.0"
"""The CLI that `devtools/pulumi_cli/go.mod` pins: the newest that Go module proxies serve whole."""

OLDEST_FITTING_VERSION = (3, 259, 0)
"""A `pulumi` on PATH fits from here on: the oldest CLI that the driver has been tried with. Its major version has to
be the Python SDK's."""

CLI_MODULE = Path(__file__).parent / "pulumi_cli"
CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"

CLIENT_MODULES = (
    "cloud.google.com/...",
    "github.com/Azure/...",
    "github.com/alecthomas/...",
    "github.com/aws/...",
    "github.com/charmbracelet/...",
    "github.com/cncf/...",
    "github.com/envoyproxy/...",
    "github.com/go-git/...",
    "github.com/googleapis/...",
    "github.com/pb33f/...",
    "google.golang.org/api/...",
    "google.golang.org/genproto/...",
)
"""Modules of the CLI for other backends and for its terminal, unused in a rehearsal: compiled without inlining,
which takes a good part of the build."""

CLI_TIMEOUT_SECONDS = 10
"""`pulumi version` takes 0.3 s; one that hangs this long is broken."""


REMEDY = (
    "pulumi: there is neither a fitting `pulumi` nor `go` on PATH; "
    "install Go 1.26 or later (https://go.dev/dl) or Pulumi (https://www.pulumi.com/docs/install)"
)


@dataclass(frozen=True, kw_only=True)
class Pulumi:
    """A Pulumi CLI: its executable (absolute) and its version, without the leading v."""

    path: str
    version: str


def built_cli() -> Path:
    """The place of the CLI that is built from this tree's go.mod for this platform."""
    pins = (CLI_MODULE / "go.mod", CLI_MODULE / "go.sum")
    return go_build.cached(f"pulumi-{BUILT_VERSION}", pins, CLI_MODULE) / "pulumi"


def fits(version: str) -> bool:
    """Whether a CLI that calls itself `version`, leading v or not, can be driven by this tree's Python SDK."""
    match = re.match(r"v?(\d+)\.(\d+)\.(\d+)", version)
    if match is None:
        return False
    parts = tuple(int(part) for part in match.groups())
    return parts[0] == OLDEST_FITTING_VERSION[0] and parts >= OLDEST_FITTING_VERSION


def on_path() -> Pulumi | None:
    """The `pulumi` on PATH, if its version fits; prints why when it doesn't."""
    found = shutil.which("pulumi")
    if found is None:
        return None
    path = str(Path(found).absolute())
    version = _version_of(path)
    if version is not None and fits(version):
        return Pulumi(path=path, version=version)
    oldest = ".".join(map(str, OLDEST_FITTING_VERSION))
    print_line(
        f"pulumi: {path} is {version or 'broken'}, not at least {oldest} and below 4: building {BUILT_VERSION} instead"
    )
    return None


def ready(note: Path) -> Pulumi | None:
    """A fitting CLI that exists already: on PATH, or built before. `note` caches the version of the one on PATH."""
    found = shutil.which("pulumi")
    if found is not None:
        known = _noted(note, found)
        if known is not None:
            return known
        pulumi = on_path()
        if pulumi is not None:
            facts = {"pulumi": asdict(pulumi), "identity": _identity(found)}
            write_whole(note, json.dumps(facts).encode())
            return pulumi
    return already_built()


def already_built() -> Pulumi | None:
    """The CLI built before, by this tree or by another with the same pins."""
    built = built_cli()
    return Pulumi(path=str(built), version=BUILT_VERSION) if _is_whole(built) else None


def _is_whole(built: Path) -> bool:
    """Whether the executable is as large as it was built; one that is cut is built anew."""
    try:
        size = built.stat().st_size
        noted = built.with_name("pulumi.size")
        return size > 0 and (not noted.exists() or noted.read_text() == str(size))
    except FileNotFoundError:
        return False


def build(lock: Lock) -> Pulumi:
    """The CLI, built under the caller's lock: some minutes where Go's caches are cold, with progress.

    Raises GoError where Go is missing or the build fails.
    """
    go = go_build.Go(lock, remedy=REMEDY)
    target = built_cli()
    target.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in target.parent.glob("pulumi.*.unfinished"):
        abandoned.unlink()
    unfinished = target.with_name(f"pulumi.{os.getpid()}.unfinished")
    log = target.with_name("build.log")
    # The linker would strip debugging information anyway. Of several patterns that fit a package the last one counts.
    flags = ["-gcflags=all=-dwarf=false", *(f"-gcflags={modules}=-l -dwarf=false" for modules in CLIENT_MODULES)]
    flags += [f"-ldflags=-s -w -X {VERSION_SYMBOL}=v{BUILT_VERSION}", "-o", str(unfinished)]
    print_line(f"pulumi: building {BUILT_VERSION} from its Go module, once; 3 to 5 minutes on 2 cores (log: {log})")
    started = time.monotonic()
    try:
        go.run("build", "-v", *flags, CLI_PACKAGE, folder=CLI_MODULE, step="pulumi: the build", log=log)
    except go_build.GoError:
        unfinished.unlink(missing_ok=True)
        raise
    if not unfinished.exists():
        raise go_build.GoError(
            f"pulumi: {go.path} has built nothing although it says so; it is no whole Go: take it off PATH, or install "
            "it anew"
        )
    write_whole(target.with_name("pulumi.size"), str(unfinished.stat().st_size).encode())
    unfinished.replace(target)
    print_line(f"pulumi: built {BUILT_VERSION} in {elapsed(time.monotonic() - started)}")
    return Pulumi(path=str(target), version=BUILT_VERSION)


def _version_of(path: str) -> str | None:
    """Version reported by the executable, without the leading v; None when it doesn't answer."""
    # A home of its own, without the user's login and plugins.
    environment = {
        **os.environ,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_HOME": str(go_build.cache_folder() / "home"),
    }
    try:
        answer = subprocess.run(
            [path, "version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=CLI_TIMEOUT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip().removeprefix("v") or None


def _identity(path: str) -> list[int | str]:
    """Fingerprint of the executable behind `path`."""
    real = Path(path).resolve()
    stat = real.stat()
    return [str(real), stat.st_size, stat.st_mtime_ns]


def _noted(note: Path, path: str) -> Pulumi | None:
    """Cached version of the executable at `path`, if it is unchanged; asking it takes 0.3 s."""
    try:
        facts = json.loads(note.read_text())
        if facts["identity"] == _identity(path) and fits(facts["pulumi"]["version"]):
            return Pulumi(**facts["pulumi"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None
