"""The demonstration, end to end: a shop with real stores, loaded, calibrated, planned and certified."""

from __future__ import annotations

import json

import pytest
import yaml

from saleday import load_demo
from saleday.__main__ import main


@pytest.mark.thorough
def test_a_shop_is_loaded_calibrated_planned_and_certified(tmp_path, monkeypatch):
    monkeypatch.setattr(load_demo, "STAIRS_SECONDS", 40.0)
    monkeypatch.setattr(load_demo, "SALE_SECONDS", 15.0)
    folder = tmp_path / "demo"
    assert main(["load-demo", f"--folder={folder}"]) == 0
    services = yaml.safe_load((folder / "Pulumi.local.yaml").read_text())["config"]["saleday:services"]
    assert {one["name"] for one in services if "calibration" in one.get("measured", {})} >= {"ui", "catalog"}
    evidence = yaml.safe_load((folder / "evidence" / "local.yaml").read_text())
    assert evidence["loadTests"][0]["event"] == "opening"
    assert "payload" in json.loads((folder / "ready-local-opening.json").read_text())
    page = (folder / "index.html").read_text()
    assert "What a task can do" in page
    assert "load test of the whole way" in page
