"""What settings come to: every setting once, with its value and the line that it comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from saleday.__main__ import main
from settings import stack_file
from settings.effective import Setting, effective
from settings.stack_file import read
from specs.shop import Shop

STACK = """\
config:
  saleday:owner: platform
  saleday:costCentre: "42"
  saleday:network.cidr: 10.44.0.0/16
  saleday:edge: {idleTimeout: 90, blockedCidrs: [203.0.113.7, 198.51.100.0/24]}
  saleday:services:
    - name: ui
      image: public.ecr.aws/shop/ui:1
      environment: {A: "x y"}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: saleday\nruntime: python\nconfig:\n  aws:region: {value: eu-west-1}\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    monkeypatch.setattr(stack_file, "FOLDER", tmp_path)
    return tmp_path


def test_each_setting_has_the_line_that_it_comes_from(folder: Path) -> None:
    found = {one.name: one for one in effective(read("dev"), folder)}
    for name, value, origin in (
        ("aws:region", "eu-west-1", "Pulumi.yaml:4"),
        ("network.cidr", "10.44.0.0/16", "Pulumi.dev.yaml:4"),
        ("network.nat", "perZone", "default"),
        ("edge.idleTimeout", "90", "Pulumi.dev.yaml:5"),
        ("edge.blockedCidrs", "[203.0.113.7/32, 198.51.100.0/24]", "Pulumi.dev.yaml:5"),
        ("services[ui].image", "public.ecr.aws/shop/ui:1", "Pulumi.dev.yaml:8"),
        ("services[ui].environment.A", "x y", "Pulumi.dev.yaml:9"),
        ("services[ui].scaling.max", "2", "default"),
        ("edge.domain", "null", "default"),
    ):
        assert found[name] == Setting(name, value, origin)
    assert {name.partition(".")[0] for name in found} > {
        field.alias
        for name, field in Shop.model_fields.items()
        if name not in ("project", "stack", "region", "services", "jobs")
    } - {"saleEvents", "prices"}


def test_the_command_prints_them_and_refuses_what_it_cannot_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["settings", "--stack", "dev", "--only", "edge.idle"]) == 0
    assert capsys.readouterr().out.startswith(
        "edge.idleTimeout: 90  # Pulumi.dev.yaml:5\n\n1 settings of dev, 0 of them"
    )
    assert main(["settings", "--stack", "dev", "--only", "nope"]) == 1
    (folder / "Pulumi.dev.yaml").write_text(STACK + "\tx: 1\n")
    assert main(["settings", "--stack", "dev"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.split(" ")[0] for line in said] == ["ONLY:", "Pulumi.dev.yaml:10:1:"]
