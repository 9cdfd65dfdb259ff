"""The clock on the real engine: what a plan deploys, looked at again while its sale runs and when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from components.sale import SaleDay, SaleDayArgs
from devtools import toolchain
from devtools.locks import Lock
from devtools.paths import REPO_ROOT, STATE_DIR, VENV
from devtools.rehearsal import pulumi_home, workspace
from devtools.rehearsal.engine import Engine
from tests.components.shared import ACCOUNT, REGION, keys, known, site
from tests.components.test_sale_day import BALANCER, edge
from tests.sale.events import BEFORE
from tests.sale.test_plan import CLOSING, HOUR, OPENING, plan

pytestmark = pytest.mark.engine


class Stack:
    """The sale day of a plan as a stack of its own; `now` is the time that its program reads."""

    def __init__(self, folder: Path) -> None:
        self.now = BEFORE
        (folder / "Pulumi.yaml").write_text("name: sale\nruntime: python\n")
        (folder / "Pulumi.dev.yaml").write_text(f"config: {{aws:region: {REGION}}}\n")
        pulumi = toolchain.ready(STATE_DIR / "pulumi-on-path.json")
        assert pulumi is not None, "run `make setup`"
        with Lock(STATE_DIR / "locks" / "home.lock").wait("installing plugins"):
            pulumi_home.install(STATE_DIR / "home", pulumi, VENV / "bin" / "python", REPO_ROOT)
        self.lock = Lock(folder / "stack.lock")
        self.lock.take("the clock")
        prepared = workspace.prepare(folder, "dev", folder / "kept")
        self.engine = Engine(pulumi, str(STATE_DIR / "home"), prepared, self.lock, self._program, durable=False)
        assert self.engine.ask("stack", "init", "dev", "--no-select").ok

    def _program(self) -> None:
        topic = known(f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts")
        args = SaleDayArgs(
            site=site(), keys=keys(), plan=plan(self.now), edge=edge(known(BALANCER)), alert_topic_arn=topic
        )
        SaleDay("sale", args)

    def at(self, now: datetime, verb: str, *flags: str) -> dict[str, int]:
        """Runs the engine at a time; what it changes or would."""
        self.now = now
        done = self.engine.operate(verb, *flags)
        assert done.ok, done.error
        return dict(done.record.changes)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    made = Stack(tmp_path)
    yield made
    made.lock.release()


@pytest.mark.parametrize(
    "deployed", [pytest.param(BEFORE, marks=pytest.mark.thorough), OPENING + HOUR], ids=["in time", "late"]
)
def test_what_is_deployed_is_what_every_later_look_finds(stack: Stack, deployed: datetime) -> None:
    assert stack.at(deployed, "up", "--yes", "--skip-preview")["create"] > 10
    for later in (OPENING + 2 * HOUR - deployed, CLOSING + 12 * HOUR - deployed):
        found = stack.at(deployed + later, "preview", "--refresh", "--expect-no-changes")
        assert set(found) <= {"same", "refresh"}
