"""A stack's file is read as the engine reads it, or refused in one line with the place, whatever is wrong with it."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from devtools import toolchain
from devtools.paths import STATE_DIR
from devtools.rehearsal.workspace import BadInput, prepare
from pulumi_yaml import stacks
from pulumi_yaml.document import MAX_BYTES, Unreadable, parse
from settings import stack_file

HEAD = "config:\n"
FAULTS = {
    "a tab": ("\tsaleday:a: 1\n", "2:1"),
    "an unknown alias": ("  saleday:a: *nope\n", "2:14"),
    "a value within itself": ("  saleday:a: &z [a, *z]\n", "2:21"),
    "a date": ("  saleday:a: {start: 2030-10-19}\n", "2:22"),
    "a moment": ("  saleday:a:\n    start: 2030-10-19T00:00:00+05:30\n", "3:12"),
    "a key twice": ("  saleday:a: 1\n  saleday:b: {x: 1, y: 2, x: 3}\n", "3:27"),
    "a second document": ("  saleday:a: 1\n---\nconfig: {}\n", "3:1"),
    "a set": ("  saleday:a: !!set {x, y}\n", "2:14"),
    "a tag": ("  saleday:a: [!mine x]\n", "2:15"),
    "an infinity": ("  saleday:a: -.inf\n", "2:14"),
    "no number": ("  saleday:a: [.NaN]\n", "2:15"),
    "too many digits": (f"  saleday:a: {'9' * 5000}\n", "2:14"),
    "a number beyond floats": ("  saleday:a: 1e400\n", "2:14"),
    "an octal number": ("  saleday:a: 042\n", "2:14"),
    "a merge of no map": ("  saleday:a: {<<: 3}\n", "2:15"),
    "a map for a key": ("  saleday:a: {[1]: 2}\n", "2:15"),
    "too deep": (f"  saleday:a: {'[' * 2000}{']' * 2000}\n", "2:45"),
    "an open list": ("  saleday:a: [1\n", "3:1"),
    "a control character": ("  saleday:a: \x01\n", "2:14"),
    "half a character": ('  saleday:a: "\\ud800"\n', "2:17"),
    "a key of three parts": ("  saleday:a:b: 1\n", "2:3"),
    "a key in two spellings": ("  saleday:a: 1\n  a: 2\n", "3:3"),
}
WHOLE = {
    "a list": (b"- 1\n", "1:1"),
    "a word": (b"x\n", "1:1"),
    "a configuration that is a list": (b"config: [1]\n", "1:1"),
    "a misspelt configuration": (b"configs: {}\n", "1:1"),
    "another encoding": ("config:\n  saleday:a: é\n".encode("latin-1"), "2:14"),
    "another width": ("config: {}\n".encode("utf-16"), "1:1"),
    "a bomb": (
        b"".join(b"x-%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1) if n else b"1"] * 10)) for n in range(9)),
        "6:11",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: saleday\nruntime: python\n")
    return tmp_path


@pytest.mark.parametrize(
    ("data", "place"),
    [*((HEAD.encode() + text.encode(), place) for text, place in FAULTS.values()), *WHOLE.values()],
    ids=[*FAULTS, *WHOLE],
)
def test_a_fault_is_one_line_with_its_place_whoever_reads_the_file(data: bytes, place: str, folder: Path) -> None:
    (folder / "Pulumi.dev.yaml").write_bytes(data)
    with pytest.raises(stack_file.BadInput) as without_engine:
        stack_file.read("dev", folder)
    with pytest.raises(BadInput) as with_engine:
        prepare(folder, "dev", folder / "work")
    said = str(without_engine.value)
    assert str(with_engine.value) == said
    assert said.startswith(f"Pulumi.dev.yaml:{place}: "), said
    assert "\n" not in said
    assert len(said) < 250


@pytest.mark.parametrize("line", [b"  saleday:k%06d: 1\n", b"- ", b"  a: [[[[[[[[", b"&a "])
def test_a_file_of_megabytes_is_refused_at_once(line: bytes) -> None:
    data = b"config:\n" + b"".join(line % number if b"%" in line else line for number in range(500_000))
    started = time.process_time()
    with pytest.raises(Unreadable):
        parse(data, "Pulumi.dev.yaml")
    with pytest.raises(Unreadable):
        parse(data[: MAX_BYTES if b"%" not in line else None], "Pulumi.dev.yaml")
    assert time.process_time() - started < 2


def test_an_empty_file_and_one_without_configuration_say_nothing() -> None:
    for data in (b"", b"# nothing yet\n", b"config:\n", b"\xef\xbb\xbfconfig: {}\n"):
        assert not parse(data, "Pulumi.dev.yaml").values.get("config")


@pytest.mark.engine
def test_what_is_read_is_what_the_engine_reads(folder: Path) -> None:
    (folder / "Pulumi.dev.yaml").write_text(
        "x-shared: &shared {p: 1, q: [2]}\n"
        "config:\n"
        "  saleday:yes: yes\n  saleday:clock: 12:30\n  saleday:hex: 0x10\n  saleday:grouped: 1_000\n"
        "  saleday:octal: 0o14\n  saleday:quoted: '042'\n  saleday:true: TRUE\n  saleday:half: .5\n"
        "  saleday:whole: 5.0\n  saleday:more: 1e3\n  saleday:block: |\n    a\n    b\n  plain: here\n"
        "  saleday:config:old: form\n  saleday:tab: 1\t\n  aws:region: ap-south-1\n"
        "  saleday:map:\n    {a: yes, b: 12:30, c: 0b11, d: ~, e: , f: True, g: tRUE, h: 1., i: -.5, j: 1E+3, k: +12,\n"
        "     l: off, m: 2030-10-19T00:00:00, n: _1, o: 0o9, p: !!str 5, q: 1.10, r: 9007199254740992, s: '1'}\n"
        "  saleday:merged:\n    <<: *shared\n    q: 3\n"
        "  saleday:first:\n    <<: [{a: 1}, {a: 2, b: 3}]\n"
        "  saleday:shared: *shared\n"
    )
    pulumi = toolchain.ready(STATE_DIR / "pulumi-on-path.json")
    assert pulumi is not None
    environment = os.environ | {
        "PULUMI_BACKEND_URL": folder.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }

    def ask(*arguments: str) -> str:
        done = subprocess.run(
            [pulumi.path, *arguments, "--stack", "dev"], cwd=folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    ask("stack", "init", "--no-select")
    answer = json.loads(ask("config", "--json"))
    theirs = {key: one.get("objectValue", one["value"]) for key, one in answer.items()}
    ours = stacks.configuration(stacks.project(folder), stacks.stack("dev", folder))
    assert {
        key: value if isinstance(value, dict | list) else stack_file.as_text(value) for key, value in ours.items()
    } == theirs
