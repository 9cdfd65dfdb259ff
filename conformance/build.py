"""The provider's plugin, built once per content and kept in the user's cache, outside of the tree.

A build that is killed leaves nothing that could be taken for finished, and the next one goes on from Go's own build cache.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conformance import trim
from rehearsal.locks import Lock
from rehearsal.progress import Heartbeat, elapsed, say
from rehearsal.toolchain import cache_folder

MODULE = Path(__file__).parent
PROVIDER_MODULE = "github.com/hashicorp/terraform-provider-aws"
UNLISTED_MODULE = "github.com/upbound/terraform-provider-aws"
"""The module that serves the provider under an importable path. The checksum database doesn't know it, so go.sum alone pins it."""

REQUIREMENTS = MODULE.parent / "requirements.txt"
EXECUTABLE = "pulumi-resource-aws"
PACKAGE = "package.json"
INPUTS = ("*.go", "go.mod", "go.sum", "services.txt", "trim.py", "data/tokens.json", "data/mappings.json")
"""What a built plugin is made of, besides the versions of pulumi-aws and of Go's target."""


class BuildError(Exception):
    """The plugin can't be had: one line that says why and what would help."""


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A built plugin: its executable, and the version of pulumi-aws that it answers as."""

    executable: Path
    version: str


def sdk_version() -> str:
    """The pulumi-aws that requirements.txt pins, which is the plugin that the engine will ask for."""
    match = re.search(r"^pulumi-aws==(\S+)$", REQUIREMENTS.read_text(), re.M)
    if match is None:
        raise BuildError("requirements.txt: pulumi-aws has to be pinned as pulumi-aws==VERSION")
    return match[1]


def already_built() -> Plugin | None:
    """The plugin built before from the same content, by this tree or by another."""
    executable = _folder() / EXECUTABLE
    return Plugin(executable=executable, version=sdk_version()) if executable.is_file() else None


def build() -> Plugin:
    """The plugin, built if need be: about 7 minutes of two idle cores where Go's caches are cold, 10 s where they are warm.

    Says what it does. Raises BuildError.
    """
    if plugin := already_built():
        return plugin
    go = shutil.which("go")
    if go is None:
        raise BuildError("the AWS provider is built by Go 1.25.11 or later, and there is no `go` on PATH: https://go.dev/dl")
    with Lock(cache_folder() / "aws-provider.lock").wait("building the AWS provider") as lock:
        # Whoever was waited for may have built it.
        return already_built() or _build(_Go(go, lock))


def provider_source() -> Path:
    """The folder of the provider's whole Go module, fetched if need be and checked against go.sum. Raises BuildError."""
    go = shutil.which("go")
    if go is None:
        raise BuildError("the provider's module is fetched by Go, and there is no `go` on PATH: https://go.dev/dl")
    with Lock(cache_folder() / "aws-provider.lock").wait("fetching the AWS provider") as lock:
        return _fetch(_Go(go, lock))


class _Go:
    """Runs Go's commands: with progress, and so that an orphan of a killed build is known and ended by the next."""

    def __init__(self, path: str, lock: Lock) -> None:
        self.path = path
        self.lock = lock
        self.environment = {
            **os.environ,
            "CGO_ENABLED": "0",
            "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false",
            "GONOSUMDB": ",".join(filter(None, [os.environ.get("GONOSUMDB"), UNLISTED_MODULE])),
            "GOWORK": "off",  # a workspace file above the tree would change what is built
            **lock.environment,
        }

    def run(self, *arguments: str, folder: Path, step: str, log: Path) -> str:
        """The standard output of `go ARGUMENTS`, run in `folder`; its messages go to `log`, and progress is said."""
        with log.open("a") as messages:
            messages.write(f"$ go {' '.join(arguments)}\n")
            messages.flush()
            start = messages.tell()
            process = subprocess.Popen(
                [self.path, *arguments],
                cwd=folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=messages,
                text=True,
                pass_fds=[self.lock.fd],
            )
            with Heartbeat(f"conformance: {step}", lambda: _status(log, start)):
                try:
                    output, _ = process.communicate()
                finally:
                    if process.poll() is None:
                        process.terminate()
                        process.wait()
        if process.returncode != 0:
            raise BuildError(f"{step} failed: {_reason(log, start)} (log: {log})")
        return output


def _build(go: _Go) -> Plugin:
    target = _folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in target.parent.glob("aws-provider-*.unfinished"):
        shutil.rmtree(abandoned, ignore_errors=True)
    unfinished = target.with_name(f"{target.name}.unfinished")
    unfinished.mkdir()
    log = unfinished / "build.log"
    version = sdk_version()
    say(f"conformance: building the AWS provider as plugin {version}, once; 7 to 12 minutes on 2 cores (log: {log})")
    with Heartbeat("building", lambda: "", every=float("inf")) as clock:
        source = _fetch(go, log)
        with _module_with(source, go, log) as module:
            flags = f"-ldflags=-s -w -X main.version={version}"
            go.run(
                "build", "-v", flags, "-o", str(unfinished / EXECUTABLE), ".", folder=module, step="compiling", log=log
            )
    say("conformance: writing down the package's schema")
    done = subprocess.run(
        [str(unfinished / EXECUTABLE), "-package", str(unfinished / PACKAGE)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BuildError(f"the built provider doesn't start: {done.stderr.strip()[-300:] or done.returncode}")
    unfinished.rename(target)
    say(f"conformance: built the AWS provider in {elapsed(clock.seconds)}")
    return Plugin(executable=target / EXECUTABLE, version=version)


def _fetch(go: _Go, log: Path | None = None) -> Path:
    log = log or cache_folder() / "aws-provider-fetch.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    answer = go.run("mod", "download", "-json", PROVIDER_MODULE, folder=MODULE, step="fetching the provider", log=log)
    facts = json.loads(answer)
    if "Dir" not in facts:
        raise BuildError(f"the provider's module can't be fetched: {facts.get('Error', 'no reason given')}")
    return Path(facts["Dir"])


@contextmanager
def _module_with(source: Path, go: _Go, log: Path) -> Iterator[Path]:
    """A copy of our module that takes the provider from a trimmed copy of `source`.

    In the same place each time, since Go's build cache knows packages by their folder.
    """
    work = cache_folder() / "aws-provider-work"
    trimmed = trim.trim(source, work / "provider", trim.wanted_services())
    say(f"conformance: kept {len(trimmed.services)} of the provider's services and {len(trimmed.sdk_clients)} API clients")
    module = work / "module"
    shutil.rmtree(module, ignore_errors=True)
    module.mkdir()
    for path in _inputs():
        if path.suffix in {".go", ".mod", ".sum", ".json"}:
            copy = module / path.relative_to(MODULE)
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(path, copy)
    replacement = f"{PROVIDER_MODULE}={work / 'provider'}"
    go.run("mod", "edit", "-replace", replacement, folder=module, step="pointing the module at the trimmed provider", log=log)
    yield module


def _inputs() -> list[Path]:
    return sorted(path for pattern in INPUTS for path in MODULE.glob(pattern))


def _folder() -> Path:
    """Where the plugin of this very content is, or will be."""
    digest = hashlib.sha256(sdk_version().encode())
    for path in _inputs():
        digest.update(f"\0{path.relative_to(MODULE)}\0".encode() + path.read_bytes())
    place = f"{platform.system()}-{platform.machine()}".lower()
    return cache_folder() / f"aws-provider-{sdk_version()}-{place}-{digest.hexdigest()[:12]}"


def _status(log: Path, start: int) -> str:
    """How far Go is, from its own log: modules fetched, then packages compiled."""
    lines = log.read_bytes()[start:].decode(errors="replace").splitlines()
    compiled = [line for line in lines if line and not line.startswith(("go: ", "$ "))]
    if not compiled:
        return f"{sum(line.startswith('go: downloading') for line in lines)} modules fetched"
    return f"{len(compiled)} packages compiled, now {compiled[-1]}"


def _reason(log: Path, start: int) -> str:
    lines = [line.strip() for line in log.read_bytes()[start:].decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if not line.startswith(("go: downloading", "# "))]
    return (errors or lines or ["no reason given"])[-1][:300]
