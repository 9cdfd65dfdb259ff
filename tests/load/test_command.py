"""The commands: a play against a service whose law is known, and one line for each bad request."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import yaml

from devtools.paths import REPO_ROOT
from load import results
from load.calibrate import calibrated
from load.plan import load_plan
from load.run import play, played
from saleday.__main__ import main
from settings import stack_file

NOW = "--now=2030-10-01T00:00:00+05:30"


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a stack `local` of one service."""
    values = {
        "aws:region": "ap-south-1",
        "saleday:owner": "platform",
        "saleday:costCentre": "42",
        "saleday:loadTest": {"maxRequestsPerSecond": 60, "thinkSeconds": 0.5},
        "saleday:saleEvents": [
            {
                "name": "opening",
                "start": "2030-10-19T00:00:00+05:30",
                "end": "2030-10-20T00:00:00+05:30",
                "demand": {"peakRequestsPerSecond": 1000, "peakOrdersPerSecond": 10},
                "mix": {"ui": 100},
            }
        ],
        "saleday:services": [
            {"name": "ui", "image": "public.ecr.aws/shop/ui@sha256:" + "0" * 64, "publicPaths": ["/"]}
        ],
    }
    (tmp_path / "Pulumi.yaml").write_text("name: saleday\nruntime: python\n")
    (tmp_path / "Pulumi.local.yaml").write_text("# by hand\n" + yaml.safe_dump({"config": values}, sort_keys=False))
    monkeypatch.setattr(stack_file, "FOLDER", tmp_path)
    return tmp_path


@contextmanager
def known_service(*law: float) -> Generator[tuple[str, int]]:
    """URL and process of a service with these workers, seconds, variation, contention and coherency."""
    command = [sys.executable, "-m", "tests.load.known_service", "0", *map(str, law)]
    with subprocess.Popen(command, cwd=REPO_ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}", process.pid
        finally:
            os.kill(process.pid, signal.SIGCONT)
            process.terminate()


def ran(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_an_event_is_played_calibrated_and_written_with_comments_kept(stack, capsys):
    out = stack / "out"
    with known_service(4, 0.04, 0.5, 0.0, 0.0) as (url, _):
        code, said, _ = ran(["load", "--stack=local", NOW, f"--url={url}", "--seconds=10", f"--folder={out}"], capsys)
    assert code == 0, said
    found = out / "load-local-opening" / "results"
    summary = json.loads((found / "summary.json").read_text())
    assert summary["sent"] > 250
    assert summary["failed"] == 0
    assert main(["calibrate", "--stack=local", f"--from={found}", "--write=1"]) == 0
    written = (stack / "Pulumi.local.yaml").read_text()
    assert written.startswith("# by hand\n")
    measured = stack_file.read("local").services[0].measured
    assert measured.calibration is not None
    assert measured.calibration.image.endswith("0" * 64)
    interval = measured.calibration.service_time_ms
    assert interval is not None
    assert interval.low < measured.service_time_ms < interval.high
    assert measured.service_time_ms == pytest.approx(40, rel=0.25)
    # Again: what is there is changed in place.
    assert main(["calibrate", "--stack=local", f"--from={found}", "--write=1"]) == 0
    assert (stack / "Pulumi.local.yaml").read_text() == written


@pytest.mark.thorough
def test_the_law_of_a_server_is_found_through_the_engine(stack):
    shop = stack_file.read("local")
    plan = load_plan(shop, shop.sale_events[0], seconds=60, shape="stairs")
    with known_service(4, 0.1, 0.5, 0.05, 0.004) as (url, _):
        log = play(plan, shop, url, stack / "out")
    found = calibrated(shop, log)[0][0].capacity
    # On a machine with other work, timers come late: of everything the law says, the throughput least.
    assert found.concurrency is not None
    assert found.concurrency.holds(4)
    assert found.throughput.low * 0.95 <= 33.4 <= found.throughput.high * 1.05  # 4 / 0.1 / (1 + 0.15 + 0.048)
    assert found.service_seconds.low * 0.9 <= 0.1 <= found.service_seconds.high * 1.1
    assert found.service_cv.value == pytest.approx(0.5, abs=0.1)


@pytest.mark.thorough
def test_a_server_that_freezes_for_six_seconds_shows_in_the_99th_percentile(stack):
    shop = stack_file.read("local")
    plan = load_plan(shop, shop.sale_events[0], seconds=30)
    with known_service(16, 0.02, 0.5, 0.0, 0.0) as (url, pid):
        freeze = subprocess.Popen(["sh", "-c", f"sleep 14; kill -STOP {pid}; sleep 6; kill -CONT {pid}"])
        log = play(plan, shop, url, stack / "out")
        freeze.wait()
    figures = played(plan, log)
    # Who is there waits, and so does everybody who comes meanwhile; a closed model would have one request wait.
    assert figures.p99 > 4.5
    assert np.mean(log.seconds > 1.0) > 0.02


@pytest.mark.thorough
def test_the_curve_that_is_planned_is_the_curve_that_is_sent(stack):
    text = (stack / "Pulumi.local.yaml").read_text()
    (stack / "Pulumi.local.yaml").write_text(text.replace("maxRequestsPerSecond: 60", "maxRequestsPerSecond: 150"))
    shop = stack_file.read("local")
    plan = load_plan(shop, shop.sale_events[0], seconds=100)
    with known_service(64, 0.005, 0.5, 0.0, 0.0) as (url, _):
        figures = played(plan, play(plan, shop, url, stack / "out"))
    assert figures.off < 0.02


REFUSED = {
    "a URL that is not the stack's": (["load", "--url=http://shop.example.com"], "URL: has to be a loopback address"),
    "no URL": (["load", "--url="], "URL: has to begin with http:// or https:// (got nothing)"),
    "a private address": (["load", "--url=http://10.0.0.1:80"], "URL: has to be a loopback address"),
    "a shape of its own": (["load-plan", "--shape=waves"], "SHAPE: has to be event or stairs (got waves)"),
    "a length that is no number": (["load-plan", "--seconds=long"], "SECONDS: has to be a number from 10"),
    "a length beyond an hour": (["load-plan", "--seconds=7200"], "SECONDS: has to be a number from 10 to 3600"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_request_is_one_line(name, stack, capsys):
    (command, *options), expected = REFUSED[name]
    code, _, said = ran([command, "--stack=local", NOW, f"--folder={stack / 'out'}", *options], capsys)
    assert code == 1
    assert expected in said
    assert said.count("\n") == 1


def rows(folder: Path, columns: Sequence[str], count: int) -> Path:
    folder.mkdir(exist_ok=True)
    with (folder / "requests-0.csv").open("w", newline="") as file:
        lines = csv.DictWriter(file, columns, extrasaction="ignore")
        lines.writeheader()
        for number in range(count):
            at = 1_900_000_000 + number
            lines.writerow(
                {"intended": at, "started": at, "ended": at + 0.1, "service": "ui", "status": 200, "timing": ""}
            )
    return folder


def test_results_without_intended_times_are_refused(stack, capsys):
    folder = rows(stack / "r", ("started", "ended", "service", "status"), 300)
    code, _, said = ran(["calibrate", "--stack=local", f"--from={folder}"], capsys)
    assert (code, said.count("\n")) == (1, 1)
    assert "latency counts from the intended start (got no column intended in requests-0.csv)" in said


def test_too_few_samples_are_refused(stack, capsys):
    folder = rows(stack / "r", results.NEEDED, 150)
    code, _, said = ran(["calibrate", "--stack=local", f"--from={folder}"], capsys)
    assert (code, said.count("\n")) == (1, 1)
    assert "an interval needs 200 requests (got 150)" in said


@pytest.mark.parametrize("source", ["", "/nowhere"])
def test_a_folder_without_results_is_refused(source, stack, capsys):
    code, _, said = ran(["calibrate", "--stack=local", f"--from={source}"], capsys)
    assert (code, said.count("\n")) == (1, 1)
    assert said.startswith("FROM: has to be a folder of make load's results")


def test_services_on_the_way_are_told_apart_by_the_header_of_their_times(stack):
    folder = stack / "r"
    folder.mkdir()
    with (folder / "requests-0.csv").open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow((*results.NEEDED, "timing"))
        lines.writerow((10.0, 10.0, 10.1, "catalog", 200, "ui;dur=80, catalog;dur=50"))
    found = results.served(results.read(folder))
    assert (found["catalog"].ended - found["catalog"].started)[0] == pytest.approx(0.05)
    assert (found["ui"].ended - found["ui"].started)[0] == pytest.approx(0.03)  # 80 ms less what it waited for
