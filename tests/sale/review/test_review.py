"""Metrics whose truth is known: settings are recovered, and the simulation with them does what was measured."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devtools.paths import EXAMPLE_STACKS
from sale.review import compare, folder, shape
from sale.review.estimate import Estimator
from sale.review.measured import aligned
from sale.review.proposal import demand_findings
from sale.review.series import series_of
from sale.simulation.adapter import model_of
from sale.simulation.window import Window, window
from saleday.__main__ import main
from settings import stack_file
from settings.stack_file import read
from specs.curve import read as read_curve
from tests.sale.review.truth import Truth

AFTER = "2030-10-22T00:00:00+05:30"


def tree_of(place: Path) -> Path:
    """A tree with prod's settings alone."""
    for name in ("Pulumi.yaml", "Pulumi.prod.yaml"):
        shutil.copy(EXAMPLE_STACKS / name, place / name)
    return place


def export(metrics, place: Path) -> Path:
    """As `aws cloudwatch get-metric-data` answers."""
    place.mkdir(exist_ok=True)
    results = [
        {
            "Id": f"q{number}",
            "Label": label,
            "Timestamps": [time for time, _ in points],
            "Values": [value for _, value in points],
            "StatusCode": "Complete",
        }
        for number, (label, points) in enumerate(metrics.items())
    ]
    (place / "metrics.json").write_text(json.dumps({"MetricDataResults": results}))
    return place


def truth_of(event, **changes) -> Truth:
    return Truth(start=event.start.timestamp(), **changes)


def told(shop, event, truth: Truth) -> dict[str, float]:
    """By the end of a setting's name: what it should come to."""
    found = {"ui.measured.responseKb": truth.kilobytes, "cdnHitPercent": 100 * truth.hits}
    for name, work in truth.work.items():
        target = next(one for one in shop.services if one.name == name).scaling.cpu_percent / 100
        found[f"services.{name}.measured.requestsPerSecond"] = (target - work.idle) / (work.milliseconds / 1000)
        found[f"services.{name}.measured.serviceTimeMs"] = work.own * 1000
    found |= {f"mix.{name}": share for name, share in truth.mix.items()}
    found |= {f"services.{name}.measured.queriesPerRequest": number for name, number in truth.queries.items()}
    found |= {"cart.measured.readsPerRequest": truth.reads, "cart.measured.writesPerRequest": truth.writes}
    found |= {"peakRequestsPerSecond": truth.peak, "peakOrdersPerSecond": truth.orders}
    shapes = {"waitingPercent": truth.waiting, "plateauPercent": truth.plateau, "eveningPercent": truth.evening}
    found |= {name: 100 * share for name, share in shapes.items()}
    return found | {"spikeSeconds": truth.spike, "peakMinutes": truth.top, "decayMinutes": truth.decay}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_setting_is_recovered_within_its_interval(seed):
    shop = read("prod")
    event = shop.sale_events[0]
    truth, span = truth_of(event), window(event)
    measured = aligned(truth.metrics(seed), series_of(shop), event, span.start, span.end, "x")
    estimator = Estimator(shop, event, measured)
    demand = shape.fitted(shop, event, measured, estimator.orders())
    model = model_of(compare.planned(shop, event), Window(start=span.start, seconds=60))
    found = [*estimator.service_findings(model), *estimator.event_findings(), *demand_findings(event, demand)]
    expected = told(shop, event, truth)
    assert len(found) == len(expected), "every setting that the metrics tell of"
    off = {}
    for one in found:
        name = next(name for name in expected if one.setting.endswith(name))
        half = (one.estimate.high - one.estimate.low) / 2
        off[name] = abs(one.estimate.value - expected[name]) / half
        assert half < 0.09 * expected[name], f"{name} is told to within some percent"
    # Of 29 intervals of 95 %, one or two miss; a wrong law misses by many times its width.
    assert sum(distance > 1 for distance in off.values()) <= 4, off
    assert max(off.values()) < 2, off


def thinned(metrics):
    """As CloudWatch keeps them after 15 days: sums and means of five minutes."""
    counts = ("requests", "errors", "bytes")
    return {
        label: tuple(
            (
                points[first][0],
                sum(value for _, value in points[first : first + 5]) / (1 if label.endswith(counts) else 5),
            )
            for first in range(0, len(points) - 4, 5)
        )
        for label, points in metrics.items()
    }


def test_periods_of_five_minutes_tell_the_same():
    shop = read("prod")
    event, span = shop.sale_events[0], window(shop.sale_events[0])
    truth = truth_of(event)
    measured = aligned(thinned(truth.metrics()), series_of(shop), event, span.start, span.end, "x")
    assert measured.step == 300
    demand = shape.fitted(shop, event, measured, None)
    assert demand is not None
    assert demand.estimates["peak"].holds(truth.peak)
    capacity = Estimator(shop, event, measured).cpu(next(one for one in shop.services if one.name == "cart"))
    assert capacity is not None
    assert capacity.coefficients[1] * 1000 == pytest.approx(truth.work["cart"].milliseconds, rel=0.01)


def test_what_was_not_measured_is_named_and_nothing_is_made_up_of_it():
    shop = read("prod")
    event, span = shop.sale_events[0], window(shop.sale_events[0])
    given = {label: points for label, points in truth_of(event).metrics().items() if not label.startswith("cart ")}
    estimator = Estimator(shop, event, aligned(given, series_of(shop), event, span.start, span.end, "x"))
    assert estimator.missing() == ["cart (requests, cpu, tasks)"]
    model = model_of(compare.planned(shop, event), Window(start=span.start, seconds=60))
    settings = [one.setting for one in (*estimator.service_findings(model), *estimator.event_findings())]
    assert not any("cart" in one or "mix" in one for one in settings), "shares of a mix need all of its services"
    assert "saleday:services.ui.measured.requestsPerSecond" in settings


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory, compiled_once):
    """A tree into which the proposal is written, and the reviews before and after."""
    tree = tree_of(tmp_path_factory.mktemp("tree"))
    event = read("prod", tree).sale_events[0]
    exported = export(truth_of(event).metrics(), tree / "metrics")
    asked = [
        "sale-review",
        "--stack",
        "prod",
        "--from",
        str(exported),
        "--now",
        AFTER,
        "--folder",
        str(tree / "build"),
        "--write",
    ]
    documents = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stack_file, "FOLDER", tree)
        for write in ("1", ""):
            assert main([*asked, write]) == 0
            documents.append(json.loads((tree / "build" / "sale-review-prod-diwali.json").read_text()))
    return tree, documents


def test_with_the_proposal_written_the_settings_say_what_was_measured(reviewed):
    _, (before, after) = reviewed
    assert sum(not one["agrees"] for one in before["settings"]) > 20
    assert [one["setting"] for one in after["settings"] if not one["agrees"]] == []


def test_with_the_proposal_written_the_simulation_does_what_was_measured(reviewed):
    _, documents = reviewed
    errors = []
    for document in documents:
        by_link = {}
        for one in document["links"]:
            pairs = [(a, b) for a, b in zip(one["measured"], one["simulated"], strict=True) if a is not None]
            highest = max(a for a, _ in pairs)
            by_link[one["link"], one["figure"]] = sum(abs(a - b) for a, b in pairs) / len(pairs) / highest
        errors.append(by_link)
    before, after = errors
    links = ("cloudfront", "load balancer", "ui", "catalog", "cart", "checkout", "orders", "database catalog")
    for link in (*links, "table carts reads", "table carts writes"):
        assert after[link, "requests"] < 0.02, link
        assert after[link, "requests"] < before[link, "requests"]
    for service in ("ui", "catalog", "cart", "checkout", "orders"):
        assert after[service, "seconds"] < 0.06, service
        assert after[service, "seconds"] < before[service, "seconds"] / 3


def test_comments_stay_and_shares_of_the_mix_still_add_up(reviewed):
    tree, _ = reviewed
    text, own = (place.joinpath("Pulumi.prod.yaml").read_text() for place in (tree, EXAMPLE_STACKS))
    assert [line.partition("#")[2] for line in text.splitlines() if "#" in line] == [
        line.partition("#")[2] for line in own.splitlines() if "#" in line
    ]
    assert sum(read("prod", tree).sale_events[0].mix.values()) == pytest.approx(100)


def test_the_demand_is_written_as_a_curve_that_the_settings_take(reviewed):
    tree, _ = reviewed
    points = read_curve(str(tree / "build" / "sale-review-prod-diwali.csv"))
    assert points.step == 60
    assert points.duration >= 48 * 3600
    assert max(points.requests) == pytest.approx(12_500, rel=0.06)
    assert max(points.orders) == pytest.approx(55, rel=0.08)


def test_the_same_metrics_as_csv_come_to_the_same(tmp_path):
    metrics = Truth(start=1.9e9, hours=1).metrics()
    export(metrics, tmp_path / "json")
    (tmp_path / "csv").mkdir()
    with (tmp_path / "csv" / "all.csv").open("w", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(("label", "timestamp", "value"))
        for label, points in metrics.items():
            writer.writerows((label, datetime.fromtimestamp(time, tz=UTC).isoformat(), value) for time, value in points)
    assert folder.read(tmp_path / "csv") == folder.read(tmp_path / "json") == metrics


def test_errors_are_held_against_the_promise():
    shop = read("prod")
    event, span = shop.sale_events[0], window(shop.sale_events[0])
    failed = ((event.start.timestamp() + 600, 60_000.0),)
    given = truth_of(event, noise=0.0).metrics() | {"load balancer errors": failed}
    kept = compare.promise(shop, aligned(given, series_of(shop), event, span.start, span.end, "x"), event)
    assert kept is not None
    at_peak = 12_500 * (1 - 0.62) * 60
    assert kept.worst_minutes == pytest.approx(1 - 60_000 / (5 * at_peak), abs=1e-3)
    assert event.start.timestamp() + 600 - 240 <= kept.worst_at <= event.start.timestamp() + 600
    assert kept.availability > 0.999
