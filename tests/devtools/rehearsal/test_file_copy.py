"""The engine gets the user's files as they are: every byte, and every value as the CLI reads it from the original."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from devtools import toolchain
from devtools.paths import EXAMPLE_STACKS, STATE_DIR
from devtools.rehearsal.file_copy import CIPHERTEXT, PASSPHRASE, SALT, project_copy, stack_copy
from pulumi_yaml.stacks import STAND_IN

FIRST = f'"encryptionsalt": "{SALT}"'

ODD_VALUES = """\
# Kept: comments, blanks and all
x-shared: &shared {minutes: 1:30, list: [yes, 0o14]}
config:
  aws:region: ap-south-1
  shop:spike: 1:30
  shop:start: 2030-10-19T00:00:00+05:30
  shop:day: 2030-10-19
  shop:tag: yes
  shop:clock: 21:00
  shop:number: 0012
  shop:float: 1.10
  shop:exponent: 1e3
  shop:hex: 0x1F
  shop:grouped: 1_000
  shop:null: ~
  shop:tab: 1\t
  shop:letters: 'Zoë ü✓ 😀'
  shop:block: |
    two
      lines

  shop:folded: >-
    one
    line
  shop:map: {<<: *shared, country: NO, x: yes, y: 12:30, when: "2030-10-19", secure: true}
  shop:alone: {secure: true}
  shop:list:
  - off
  - 1:30   # a comment
  - {secure: no, version: 3}
"""


def test_the_copy_is_the_file_with_a_salt_before_it() -> None:
    data = ODD_VALUES.encode()
    assert stack_copy(data) == data.replace(b"x-shared", f"{FIRST}\nx-shared".encode(), 1)
    windows = data.replace(b"\n", b"\r\n")
    assert stack_copy(windows).replace(f"{FIRST}\n".encode(), b"") == windows


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("", f"{FIRST}\n"),
        ("# nothing yet\n", f"{FIRST}\n"),
        ("--- {}\n", f"{FIRST}\n"),
        ('{"config": {"shop:a": "b"}}', f'{{{FIRST}, "config": {{"shop:a": "b"}}}}'),
        ("\ufeff  config:\n    shop:a: b\n", f"\ufeff  {FIRST}\n  config:\n    shop:a: b\n"),
        ("config: {shop:a: {secure: theirs}}", f'{FIRST}\nconfig: {{shop:a: {{secure: "{CIPHERTEXT}"}}}}'),
        (
            "config:\n  shop:é:\n    secure: |\n      theirs\n      theirs\n  shop:b: 1\n",
            f'{FIRST}\nconfig:\n  shop:é:\n    secure: "{CIPHERTEXT}"\n  shop:b: 1\n',
        ),
        (
            "config:\n  shop:a: &s\n    'secure': &c !!str 'theirs'\n  b: [{secure: *c}, *s]\n",
            f"{FIRST}\nconfig:\n  shop:a: &s\n    'secure': &c !!str \"{CIPHERTEXT}\"\n  b: [{{secure: *c}}, *s]\n",
        ),
        (
            "secretsprovider: awskms://theirs\nencryptedkey: theirs\nencryptionsalt: theirs\nconfig: {}\n",
            f'secretsprovider: "passphrase"\nencryptedkey: ""\nencryptionsalt: "{SALT}"\nconfig: {{}}\n',
        ),
        (
            "environment:\n- theirs\n# about the config\nconfig: {}\n",
            f"{FIRST}\nenvironment: []\n# about the config\nconfig: {{}}\n",
        ),
        (
            "environment:\n  imports:\n    - theirs\nencryptedkey:\nconfig:\n",
            f'{FIRST}\nenvironment: []\nencryptedkey: ""\nconfig:\n',
        ),
        ("{environment: [theirs, {a: b}], config: {}}", f"{{{FIRST}, environment: [], config: {{}}}}"),
    ],
)
def test_only_what_the_engine_may_not_have_is_replaced(text: str, copy: str) -> None:
    assert stack_copy(text.encode()).decode() == copy
    assert stack_copy(stack_copy(text.encode())).decode() == copy, "a copy's copy is the same"


def test_paths_of_a_project_lead_to_the_tree_and_the_rest_stays(tmp_path: Path) -> None:
    text = (
        "name: shop # ours\nmain: infra\nbackend:\n  url: s3://theirs\n"
        "runtime:\n  name: python\n  options: {virtualenv: .venv, toolchain: pip}\n"
        "plugins:\n  providers:\n  - name: aws\n    path: ./bin\nconfig:\n  shop:spike: 1:30\n"
    )
    assert project_copy(text.encode(), tmp_path).decode() == (
        f'name: shop # ours\nmain: "{tmp_path}/infra"\nbackend: {{}}\n'
        f'runtime:\n  name: python\n  options: {{virtualenv: "{tmp_path}/.venv", toolchain: pip}}\n'
        f'plugins:\n  providers:\n  - name: aws\n    path: "{tmp_path}/bin"\nconfig:\n  shop:spike: 1:30\n'
    )
    odd = tmp_path / "a 'shop' \"ü\": #"
    (first, *rest) = project_copy(b"name: shop\nruntime: python\n", odd).decode().splitlines()
    assert yaml.safe_load(first) == {"main": str(odd)}
    assert rest == ["name: shop", "runtime: python"]


@pytest.mark.engine
def test_the_cli_reads_of_the_copy_what_it_reads_of_the_file(tmp_path: Path) -> None:
    pulumi = toolchain.ready(STATE_DIR / "pulumi-on-path.json")
    assert pulumi is not None

    def read(name: str, project: bytes, stack: bytes) -> dict[str, object]:
        folder = tmp_path / name
        (folder / "state").mkdir(parents=True)
        (folder / "Pulumi.yaml").write_bytes(project)
        (folder / "Pulumi.odd.yaml").write_bytes(stack)
        environment = os.environ | {
            "PULUMI_BACKEND_URL": f"{(folder / 'state').as_uri()}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(tmp_path / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        for arguments in (["stack", "init", "odd", "--no-select"], ["config", "--json", "--show-secrets"]):
            if "config" in arguments:
                (folder / "Pulumi.odd.yaml").write_bytes(stack)  # init may have written it anew
                arguments += ["--stack", "odd"]
            done = subprocess.run(
                [pulumi.path, *arguments, "--non-interactive"], cwd=folder, env=environment, capture_output=True,
                text=True,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    project = b"name: shop\nruntime: python\nbackend: {url: 's3://theirs'}\nconfig:\n  shop:late: 12:30\n"
    secret = "  shop:key: {{secure: {0}}}\n  shop:keys:\n    inner: [a, {{secure: {0}}}]\n"
    original = read("original", project, f"encryptionsalt: {SALT}\n{ODD_VALUES}{secret.format(CIPHERTEXT)}".encode())
    theirs = f"environment:\n- theirs\nsecretsprovider: awskms://theirs\n{ODD_VALUES}{secret.format('theirs')}"
    copied = read("copied", project_copy(project, tmp_path), stack_copy(theirs.encode()))
    assert copied == original
    assert original["shop:key"] == {"value": STAND_IN, "secret": True}
    assert original["shop:spike"] == {"value": "1:30", "secret": False}


@pytest.mark.parametrize("stack", ["dev", "prod", "eks"])
def test_a_whole_stacks_copy_differs_in_its_salt_alone(stack: str) -> None:
    data = (EXAMPLE_STACKS / f"Pulumi.{stack}.yaml").read_bytes()
    copy = stack_copy(data).decode()
    values = yaml.safe_load(copy)
    assert values.pop("encryptionsalt") == SALT
    assert copy.count("\n") == data.decode().count("\n") + 1
    assert len(copy) - len(data.decode()) - copy.count(CIPHERTEXT) * 200 < len(FIRST) + 2
