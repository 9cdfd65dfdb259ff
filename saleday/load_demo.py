"""`load-demo`: a shop of five services on this machine, loaded, calibrated, planned and certified."""

from __future__ import annotations

import io
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import yaml

from devtools.console import elapsed, print_line
from devtools.load_demo.shop import shop as running_shop
from devtools.paths import EXAMPLE_STACKS, REPO_ROOT
from load import calibrate, page, plan, run, text_report
from sale.cli_args import plan_of
from sale.text_report import render
from saleday.ready import ready
from saleday.shared import OK, command
from settings import stack_file
from settings.stack_file import BadInput
from settings.written import written
from specs.sale import SaleSlo

FOLDER: Final = REPO_ROOT / "build" / "load-demo"
STACK: Final = "local"
SETTINGS: Final = REPO_ROOT / "devtools" / "load_demo" / "Pulumi.local.yaml"
STAIRS_SECONDS: Final = 120.0
SALE_SECONDS: Final = 45.0


@command("load-demo", BadInput)
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER, help="where everything is written, anew")
def load_demo(folder: Path) -> int:
    """A shop of five services on this machine: loaded, calibrated, planned and certified."""
    began = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(EXAMPLE_STACKS / "Pulumi.yaml", folder)
    shutil.copy(SETTINGS, folder)
    with _settings_in(folder):
        with running_shop(folder) as url:
            log, stairs = _played(folder / "stairs", url, STAIRS_SECONDS, "stairs")
            shop = stack_file.read(STACK)
            before = _plan()
            found, missing = calibrate.some_calibrated(shop, log)
            for line in text_report.calibrated(found, missing):
                print_line(line)
            for _ in written(stack_file.path(STACK), calibrate.changes(found), write=True):
                pass
            print_line("load-demo: services[].measured is written")
            sale_log, sale = _played(folder / "sale", url, SALE_SECONDS, "event")
        after = _plan()
        figures = run.played(sale, sale_log)
        _evidence(folder, sale, figures, shop.sale_events[0].slo)
        certificate = _told(lambda: _ready(folder))
        sections = (
            ("What the plan said before, on estimates", before),
            ("What it says on what was measured", after),
            ("What is missing for a certificate", certificate),
        )
        file = folder / "index.html"
        file.write_text(page.page(sale, sale_log, figures, found, missing, sections), encoding="utf-8")
    (folder / "stairs" / "load.html").write_text(
        page.page(stairs, log, run.played(stairs, log), found, missing), encoding="utf-8"
    )
    print_line(f"load-demo: {elapsed(time.monotonic() - began)}; look at {file}")
    return OK


@contextmanager
def _settings_in(folder: Path) -> Generator[None]:
    before = stack_file.FOLDER
    stack_file.FOLDER = folder
    try:
        yield
    finally:
        stack_file.FOLDER = before


def _played(folder: Path, url: str, seconds: float, shape: plan.Shape) -> tuple[run.Log, plan.LoadPlan]:
    shop = stack_file.read(STACK)
    made = plan.load_plan(shop, shop.sale_events[0], seconds=seconds, shape=shape)
    print_line(f"load-demo: Locust plays {'stairs' if shape == 'stairs' else 'the sale'} for {seconds:.0f} s")
    log = run.play(made, shop, url, folder)
    for line in text_report.played(run.played(made, log)):
        print_line(f"  {line}")
    return log, made


def _plan() -> str:
    compiled, event = plan_of(STACK, "", datetime.now(UTC))
    return render(compiled, event)


def _evidence(folder: Path, played: plan.LoadPlan, figures: run.Played, promise: SaleSlo) -> None:
    """The play as the certificate counts it."""
    record = {
        "date": datetime.now(UTC).date().isoformat(),
        "by": "make load-demo",
        "event": played.event,
        "scale": round(played.scale, 4),
        "kept": figures.keeps(promise),
        "digest": plan.written(played, folder / "sale"),
    }
    file = folder / "evidence" / f"{STACK}.yaml"
    file.parent.mkdir()
    file.write_text(yaml.safe_dump({"loadTests": [record]}, sort_keys=False), encoding="utf-8")


def _ready(folder: Path) -> None:
    ready.main([f"--stack={STACK}", f"--folder={folder}", f"--root={folder}"], prog_name="ready", standalone_mode=False)


def _told(work: Callable[[], None]) -> str:
    """What work prints."""
    said = io.StringIO()
    with redirect_stdout(said):
        work()
    return said.getvalue()
