"""What a review refuses, each in one line that says what is wrong and what helps."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from sale.review.folder import read as read_folder
from sale.review.measured import aligned
from sale.review.series import series_of
from sale.simulation.window import window
from saleday.__main__ import main
from settings.stack_file import BadInput, read
from tests.sale.review.truth import Truth

AFTER = "2030-10-22T00:00:00+05:30"
HOUR = 3600.0


@pytest.fixture(scope="module")
def prod():
    shop = read("prod")
    return shop, shop.sale_events[0]


@pytest.fixture(scope="module")
def metrics(prod):
    return Truth(start=prod[1].start.timestamp()).metrics()


def refused(prod, metrics) -> str:
    shop, event = prod
    span = window(event)
    with pytest.raises(BadInput) as caught:
        aligned(metrics, series_of(shop), event, span.start, span.end, "folder")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_series_without_which_there_is_no_review(prod, metrics):
    rest = {label: points for label, points in metrics.items() if label != "load balancer requests"}
    assert refused(prod, rest).startswith("FROM: folder has to hold the series load balancer requests (got cart cpu, ")


def test_a_gap(prod, metrics):
    points = metrics["cloudfront requests"]
    opening = prod[1].start.timestamp()
    gap = tuple(point for point in points if not opening + 6 * HOUR <= point[0] < opening + 10 * HOUR)
    line = refused(prod, metrics | {"cloudfront requests": gap})
    assert "cloudfront requests has to have at most 5% of its steps missing" in line
    assert "(got 8% in folder, 240 min from 2030-10-19 06:00)" in line


def test_a_short_gap_is_let_be(prod, metrics):
    shop, event = prod
    opening, span = event.start.timestamp(), window(event)
    gap = tuple(point for point in metrics["cloudfront requests"] if not opening < point[0] < opening + HOUR)
    measured = aligned(metrics | {"cloudfront requests": gap}, series_of(shop), event, span.start, span.end, "x")
    assert measured.step == 60


@pytest.mark.parametrize("days", [-7, 7])
def test_the_file_of_another_event(prod, metrics, days):
    moved = {label: tuple((t + days * 86_400, value) for t, value in points) for label, points in metrics.items()}
    line = refused(prod, moved)
    assert "has to cover diwali, 2030-10-19 00:00 to 2030-10-21 00:00" in line
    assert line.endswith("export the event's own days")


@pytest.mark.parametrize(("hours", "said"), [(5.5, "5.5 h after"), (-5.5, "5.5 h before"), (1, "1 h after")])
def test_times_of_another_zone(prod, metrics, hours, said):
    moved = {label: tuple((t + hours * HOUR, value) for t, value in points) for label, points in metrics.items()}
    assert f"(got the steepest rise {said} the opening); export them in UTC" in refused(prod, moved)


def test_a_period_that_is_too_long(prod, metrics):
    hourly = {label: points[::60] for label, points in metrics.items()}
    assert "a period is a minute, or five" in refused(prod, hourly)
    assert "(got 3600 s in folder)" in refused(prod, hourly)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", "{", "a JSON file is an answer of aws cloudwatch get-metric-data (got another in a.json)"),
        ("a.json", "[]", "a JSON file is an answer of aws cloudwatch get-metric-data (got another in a.json)"),
        ("a.json", '{"MetricDataResults": [{"Label": "x"}]}', "(got another in a.json)"),
        ("a.csv", "time,value\n", "the columns are label,timestamp,value (got time,value in a.csv)"),
        ("a.csv", "label,timestamp,value\nx,1\n", "a row has 3 cells (got 2 in a.csv line 2)"),
        ("a.csv", "label,timestamp,value\nx,2030-10-19T00:00:00,1\n", "a time has an offset (got 2030-10-19T00:00:00"),
        ("a.csv", "label,timestamp,value\nx,today,1\n", "a time is written as 2030-10-18T18:30:00+00:00 (got today"),
        (
            "a.csv",
            "label,timestamp,value\nx,2030-10-19T00:00Z,many\n",
            "a value is a number (got many in a.csv line 2)",
        ),
        ("a.csv", "label,timestamp,value\nx,2030-10-19T00:00Z,-1\n", "a value is a number from 0 on (got -1 in"),
        ("a.txt", "label,timestamp,value\n", "has to hold .json or .csv files with metrics (got 0 files, no point)"),
    ],
)
def test_files_that_are_no_metrics(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(BadInput) as caught:
        read_folder(tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"StatusCode": "InternalError"}, "each series is there in whole (got InternalError for ui cpu in a.json)"),
        ({"Timestamps": [1]}, "each value has its time (got 1 and 2 of ui cpu in a.json)"),
    ],
)
def test_answers_that_are_not_whole(tmp_path, result, said):
    given = {"Label": "ui cpu", "Timestamps": [1, 2], "Values": [1, 2]} | result
    (tmp_path / "a.json").write_text(json.dumps({"MetricDataResults": [given]}))
    with pytest.raises(BadInput) as caught:
        read_folder(tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (["--stack", "nix"], "STACK: there is no Pulumi.nix.yaml (got nix); "),
        (["--stack", "prod", "--event", "x"], "EVENT: has to name an event of the stack (got x); use one of diwali\n"),
        (["--stack", "dev"], "EVENT: has to name an event of the stack (got nothing); use one of none yet\n"),
        (["--stack", "prod", "--now", AFTER], "FROM: has to be account, or a folder with metrics (got nothing); "),
        (
            ["--stack", "prod", "--now", AFTER, "--from", "/no"],
            "FROM: has to be account, or a folder with metrics (got /no",
        ),
        (["--stack", "prod", "--now", "2030-10-01T00:00+05:30"], "EVENT: has to be over (got diwali, which opens "),
        (
            ["--stack", "prod", "--from", "account", "--now", "2031-01-01T00:00+05:30"],
            "FROM: CloudWatch keeps periods ",
        ),
    ],
)
def test_what_is_asked_in_vain(asked, line, capsys):
    assert main(["sale-review", *asked]) == 1
    told = capsys.readouterr().err
    assert told.startswith(line)
    assert told.count("\n") == 1


def test_without_credentials(monkeypatch, capsys, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert main(["sale-review", "--stack", "prod", "--from", "account", "--now", AFTER, "--folder", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "no AWS credentials" in told
    assert told.count("\n") == 1


def test_the_commands_of_an_export_ask_for_every_series(capsys):
    assert main(["sale-review", "--stack", "prod", "--queries", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[4] for line in lines] == ["us-east-1", "ap-south-1"]
    labels = set()
    for line in lines:
        asked = json.loads(line.partition("--cli-input-json '")[2].rstrip("'"))
        labels |= {one["Label"] for one in asked["MetricDataQueries"]}
        assert datetime.fromisoformat(asked["StartTime"]) == datetime(2030, 10, 18, 16, 30, tzinfo=UTC)
    assert labels == {label for series in series_of(read("prod")) for label, _ in series.labels()}
