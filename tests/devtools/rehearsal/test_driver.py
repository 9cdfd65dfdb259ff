"""What a rehearsal insists on, with an engine that does as it is told."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from devtools.paths import EXAMPLE_STACKS
from devtools.rehearsal.engine import EngineOutcome
from devtools.rehearsal.events import Change, EngineResource, PolicyViolation, Record
from devtools.rehearsal.stack_run import StackRun, StepFailed
from saleday import engine as driver


def outcome(*, exit_code: int = 0, **facts: Any) -> EngineOutcome:
    record = Record(policies={"judged"})
    for name, value in facts.items():
        setattr(record, name, value)
    return EngineOutcome(record=record, exit_code=exit_code, stdout="", stderr="", seconds=1)


def protected() -> dict[str, EngineResource]:
    one = EngineResource(urn="urn", type="aws:s3/bucket:Bucket", parent="", tier=None, custom=True, protected=True)
    return {one.urn: one}


@dataclass
class Rehearsed:
    """Stands in for a stage: gives the outcomes it was made with and remembers what was asked of it."""

    outcomes: dict[str, EngineOutcome] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def _give(self, name: str) -> EngineOutcome:
        self.asked.append(name)
        return self.outcomes.get(name, outcome())

    def preview(self, name: str = "preview") -> EngineOutcome:
        return self._give(name)

    def up(self) -> EngineOutcome:
        return self._give("up")

    def destroy(self) -> EngineOutcome:
        return self._give("destroy")

    def leftovers(self) -> list[str]:
        return self.left

    def unprotect(self) -> None:
        self.asked.append("unprotect")


def taking(command: Callable[[StackRun], None], stage: Rehearsed) -> None:
    command(cast(StackRun, stage))


def test_a_rehearsal_previews_deploys_previews_again_and_destroys() -> None:
    stage = Rehearsed()
    taking(driver.rehearse_stack, stage)
    assert stage.asked == ["preview", "up", "second preview", "destroy"]


def test_a_second_preview_with_changes_fails_and_names_them() -> None:
    stage = Rehearsed(
        {"second preview": outcome(changed={"urn:orders": Change(operation="update", differing=("tags",))})}
    )
    with pytest.raises(StepFailed, match=r"shows 1 changes[^\0]*update \(tags\): urn:orders"):
        taking(driver.rehearse_stack, stage)


def test_a_destroy_that_leaves_anything_fails_and_names_it() -> None:
    with pytest.raises(StepFailed, match=r"destroy left 1 behind:\n  urn:orders"):
        taking(driver.rehearse_stack, Rehearsed(left=["urn:orders"]))


def test_a_rehearsal_without_a_policy_that_judges_fails() -> None:
    with pytest.raises(StepFailed, match="not in force"):
        taking(driver.rehearse_stack, Rehearsed({"up": outcome(policies=set())}))


@pytest.mark.parametrize("name", ["preview", "up", "second preview", "destroy"])
def test_a_rehearsal_ends_at_the_first_step_that_fails(name: str) -> None:
    stage = Rehearsed({name: outcome(exit_code=255, errors=["told why"])})
    with pytest.raises(StepFailed, match=r"^told why$"):
        taking(driver.rehearse_stack, stage)
    assert stage.asked[-1] == name, "nothing may happen after it"


def test_only_a_rehearsal_lifts_deletion_protection() -> None:
    stage = Rehearsed({"up": outcome(resources=protected())})
    taking(driver.rehearse_stack, stage)
    assert stage.asked[-2:] == ["unprotect", "destroy"]
    kept = Rehearsed({"destroy": outcome(resources=protected())})
    taking(driver.destroy_stack, kept)
    assert kept.asked == ["destroy"]


def test_up_changes_nothing_where_the_preview_fails() -> None:
    stage = Rehearsed({"preview": outcome(exit_code=255, errors=["bad input"])})
    with pytest.raises(StepFailed, match="bad input"):
        taking(driver.up_stack, stage)
    assert stage.asked == ["preview"]


def test_blocking_violations_are_told_and_advice_is_not_in_the_way() -> None:
    advice = PolicyViolation(policy="advised", mandatory=False, resource="", message="advised: perhaps")
    blocking = PolicyViolation(policy="ruled", mandatory=True, resource="", message="ruled: no")
    assert driver.check(outcome(violations=[advice]))
    with pytest.raises(StepFailed, match=r"^policy ruled violated, the stack: ruled: no$"):
        driver.check(outcome(violations=[advice, blocking], exit_code=255, errors=["policies were violated"]))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The stacks as they come."""
    shutil.copytree(EXAMPLE_STACKS, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_the_example_is_rehearsed_once_it_is_somebodys(tree: Path) -> None:
    assert driver.rehearsed(tree) == ["dev", "prod"]
    file = tree / f"Pulumi.{driver.EXAMPLE}.yaml"
    file.write_text(file.read_text().replace("platform@shop.example", "us@shop.example"))
    assert driver.rehearsed(tree) == ["dev", "eks", "prod"]


def test_stacks_are_rehearsed_whatever_they_are_called(tree: Path) -> None:
    (tree / "Pulumi.prod.yaml").rename(tree / "Pulumi.live.yaml")
    for name in ("dev", "eks"):
        (tree / f"Pulumi.{name}.yaml").unlink()
    assert driver.rehearsed(tree) == ["live"]
    assert driver.default_stack(tree) == "live", "the only one"


def test_a_command_without_a_stack_is_about_dev(tree: Path) -> None:
    assert driver.default_stack(tree) == "dev"
