"""`pulumi new` with this tree as its template, by the real CLI: what it asks for is what the new settings say."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from devtools import toolchain
from devtools.paths import EXAMPLE_STACKS, REPO_ROOT, STATE_DIR
from settings import placeholders, stack_file

pytestmark = pytest.mark.engine

NOT_PART = shutil.ignore_patterns(".git", ".venv", ".rehearsal", ".cache", "build", "__pycache__", ".*_cache")
SECONDS = 60
CLEAR_LINE = "\x15"
"""What takes away the default that a question offers."""

LANGUAGE_HOST = f"""#!{sys.executable}
# Stands in for Pulumi's host of Python, which comes with a released CLI and not with one built from its module: it
# installs nothing and requires nothing.
import sys
from concurrent import futures
import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2 as messages, language_pb2_grpc as services, plugin_pb2


class Host(services.LanguageRuntimeServicer):
    def Handshake(self, request, context):
        return messages.LanguageHandshakeResponse()

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="1.0.0")

    def RuntimeOptionsPrompts(self, request, context):
        return messages.RuntimeOptionsResponse()

    def Template(self, request, context):
        return messages.TemplateResponse()

    def InstallDependencies(self, request, context):
        return iter(())

    def GetRequiredPackages(self, request, context):
        return messages.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, request, context):
        return messages.GetRequiredPluginsResponse()


server = grpc.server(futures.ThreadPoolExecutor(4))
services.add_LanguageRuntimeServicer_to_server(Host(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination(120)  # whatever becomes of the CLI
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as it is checked out, with the stacks that it came with."""
    tree = shutil.copytree(REPO_ROOT, tmp_path_factory.mktemp("template") / "shop", ignore=NOT_PART)
    for stack in tree.glob("Pulumi.*.yaml"):
        stack.unlink()
    for stack in EXAMPLE_STACKS.glob("Pulumi.*.yaml"):
        shutil.copy(stack, tree)
    return tree


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    pulumi = toolchain.ready(STATE_DIR / "pulumi-on-path.json")
    assert pulumi is not None, "run make setup"
    (tmp_path / "bin").mkdir()
    host = tmp_path / "bin" / "pulumi-language-python"
    host.write_text(LANGUAGE_HOST)
    host.chmod(0o755)
    (tmp_path / "bin" / "pulumi").symlink_to(pulumi.path)
    (tmp_path / "state").mkdir()
    return {
        "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "tests",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "TERM": "xterm",
    }


def answered(command: list[str], folder: Path, environment: Mapping[str, str], answers: Mapping[str, str]) -> str:
    """Run a command in a terminal and answer its questions, known by a part of each. Returns what was shown."""
    folder.mkdir()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(command[0], command, dict(environment))
    shown, left, end = "", dict(answers), time.monotonic() + SECONDS
    try:
        for chunk in _read(terminal):
            shown += chunk
            assert time.monotonic() < end, shown
            last = shown.rpartition("\n")[2]
            for question in [question for question in left if question in last]:
                os.write(terminal, f"{CLEAR_LINE}{left.pop(question)}\r".encode())
    finally:
        os.close(terminal)
        _, status = os.waitpid(pid, 0)
    assert status == 0, shown
    assert not left, f"never asked for {list(left)}:\n{shown}"
    return shown


def _read(terminal: int) -> Iterator[str]:
    while True:
        try:
            chunk = os.read(terminal, 4096)
        except OSError:  # Linux's way to say that the other end is closed
            return
        if not chunk:
            return
        yield chunk.decode(errors="replace")


@pytest.mark.thorough
def test_what_is_asked_for_becomes_the_new_projects_own(
    template: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    project = tmp_path / "bazaar"
    shown = answered(
        ["pulumi", "new", str(template), "--name", "bazaar", "--description", "A bazaar", "--stack", "dev"],
        project,
        environment,
        {
            "saleday:owner": "platform@bazaar.in",
            "saleday:costCentre": "cc-7",
            "saleday:network.cidr": "10.44.0.0/16",
            "saleday:edge.domain": "www.bazaar.in",
            "saleday:edge.hostedZoneId": "Z08BAZAAR1234",
        },
    )
    assert "make preflight STACK=dev" in shown, "what to do next"

    shop = stack_file.read("dev", project)
    assert (shop.project, shop.owner, shop.cost_centre) == ("bazaar", "platform@bazaar.in", "cc-7")
    assert (str(shop.network.cidr), shop.network.nat) == ("10.44.0.0/16", "single"), "the rest of the map stays"
    assert (shop.edge.domain, shop.edge.hosted_zone_id) == ("www.bazaar.in", "Z08BAZAAR1234")
    assert [line.partition(" ")[0] for line in placeholders.of(shop)] == ["delivery.platform.repository"]
    assert "template" not in yaml.safe_load((project / "Pulumi.yaml").read_text())
    read = subprocess.run(
        ["pulumi", "config", "get", "saleday:network.cidr", "--stack", "dev"],
        cwd=project,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=True,
    )
    assert read.stdout.strip() == "10.44.0.0/16"


def test_without_answers_the_new_project_is_the_example(
    template: Path, environment: Mapping[str, str], tmp_path: Path
) -> None:
    project = tmp_path / "shop"
    project.mkdir()
    done = subprocess.run(
        ["pulumi", "new", str(template), "--yes", "--stack", "dev"],
        cwd=project,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made, shipped = stack_file.read("dev", project), stack_file.read("dev", template)
    assert made == shipped
