"""`load-plan`, `load` and `calibrate`: an event as a load test, its play, and what it says of the services."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Final, get_args

import click

from devtools.console import Heartbeat, print_line
from devtools.paths import REPO_ROOT
from load import access_logs, page, results, run, text_report
from load import calibrate as calibration
from load import plan as load_plans
from load.target import checked
from sale.cli_args import plan_of
from saleday import shared
from saleday.shared import OK, command
from settings import stack_file
from settings.edit import NotThere
from settings.stack_file import BadInput, read
from settings.written import written
from specs.sale import SaleEvent
from specs.shop import Shop

FOLDER: Final = REPO_ROOT / "build"
MAX_SECONDS: Final = 3600.0  # of a play from one machine
MIN_SECONDS: Final = 10.0

_shape = click.option("--shape", default="", help="event, or stairs: equal steps up to the most that is allowed")
_seconds = click.option("--seconds", default="", help="how long to play; default: as long as the event's opening")
_folder = click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="where it is written")


@command("load-plan", BadInput)
@shared.stack
@shared.event
@shared.now
@_seconds
@_shape
@click.option("--from", "source", default="", help="access logs, or a curve in CSV; default: the event's forecast")
@_folder
def load_plan(stack: str, event: str, now: datetime, seconds: str, shape: str, source: str, folder: Path) -> int:
    """An event as an open arrival process of sessions, rendered for Locust."""
    shop, sale = _event(stack, event, now)
    curve = access_logs.read(Path(source), sale) if source else None
    plan = _planned(shop, sale, _duration(seconds), shape, curve)
    place = _place(folder, plan)
    digest = load_plans.written(plan, place)
    for line in text_report.plan(plan):
        print_line(line)
    print_line(f"wrote {place}: plan.json ({digest[:19]}…) and locustfile.py")
    return OK


@command("load", BadInput)
@shared.stack
@shared.event
@shared.now
@click.option("--url", default="", help="a shop on this machine, http://127.0.0.1:…")
@_seconds
@_shape
@_folder
def load(stack: str, event: str, now: datetime, url: str, seconds: str, shape: str, folder: Path) -> int:
    """Play an event, scaled down, against a shop on this machine."""
    shop, sale = _event(stack, event, now)
    target = checked(url, shop)
    plan = _planned(shop, sale, _duration(seconds) or 60.0, shape)
    place = _place(folder, plan)
    for line in text_report.plan(plan):
        print_line(line)
    with Heartbeat(f"load: Locust plays {plan.seconds:.0f} s against {target}", lambda: ""):
        log = run.play(plan, shop, target, place)
    figures = run.played(plan, log)
    (place / run.RESULTS / "summary.json").write_text(json.dumps(figures.document(), indent=1) + "\n", encoding="utf-8")
    for line in text_report.played(figures):
        print_line(line)
    file = place / "load.html"
    file.write_text(page.page(plan, log, figures, *calibration.calibrated(shop, log)), encoding="utf-8")
    print_line(f"wrote {file}; make calibrate STACK={stack} FROM={place / run.RESULTS}")
    return OK


@command("calibrate", BadInput, NotThere)
@shared.stack
@click.option("--from", "source", default="", help="a folder of results of make load")
@shared.switch("write", "write what was found into the stack's file")
def calibrate(stack: str, source: str, write: bool) -> int:
    """What each service's tasks can do by a load test, with intervals, for services[].measured."""
    shop = read(stack)
    if not source:
        raise BadInput("FROM: has to be a folder of make load's results (got nothing)")
    found, missing = calibration.some_calibrated(shop, results.read(Path(source)))
    for line in text_report.calibrated(found, missing):
        print_line(line)
    for line in written(stack_file.path(stack), calibration.changes(found), write):
        print_line(line)
    return OK


def _event(stack: str, event: str, now: datetime) -> tuple[Shop, SaleEvent]:
    plan, sale = plan_of(stack, event, now)
    return plan.shop, sale


def _planned(
    shop: Shop, event: SaleEvent, seconds: float | None, shape: str, curve: load_plans.Curve | None = None
) -> load_plans.LoadPlan:
    shapes = get_args(load_plans.Shape)
    if shape and shape not in shapes:
        raise BadInput(f"SHAPE: has to be {' or '.join(shapes)} (got {shape})")
    kind: load_plans.Shape = "stairs" if shape == "stairs" else "event"
    return load_plans.load_plan(shop, event, seconds=seconds, shape=kind, curve=curve)


def _duration(text: str) -> float | None:
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise BadInput(f"SECONDS: has to be a number from {MIN_SECONDS:g} to {MAX_SECONDS:g} (got {text})")
    return seconds


def _place(folder: Path, plan: load_plans.LoadPlan) -> Path:
    return folder / f"load-{plan.stack}-{plan.event}"
