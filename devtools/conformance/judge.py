"""One variant's preview, judged by the real provider.

The preview runs on the same engine and the same program as a rehearsal; only the AWS plugin is another. What the
provider finds is noted by the plugin instead of ending the preview, so that one run shows everything.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from devtools import toolchain
from devtools.conformance import cloud, plugins, rules
from devtools.conformance.build import ProviderPlugin
from devtools.conformance.names.rules import of_stack
from devtools.conformance.program import Transform, transformed
from devtools.conformance.unsupported_properties import Unjudged
from devtools.conformance.variants import Variant, lay_over
from devtools.console import Heartbeat
from devtools.locks import Lock
from devtools.paths import REPO_ROOT, STATE_DIR
from devtools.rehearsal import workspace
from devtools.rehearsal.engine import Engine, EngineOutcome
from devtools.rehearsal.events import Record
from devtools.rehearsal.program import Program
from devtools.rehearsal.stack_run import StepFailed

FINDINGS_VARIABLE = "SALEDAY_CONFORMANCE_FINDINGS"
ANSWERS_VARIABLE = "SALEDAY_CONFORMANCE_ANSWERS"
FOLDER = STATE_DIR / "conformance"
NOTES = "findings.jsonl"
"""File with the plugin's findings on one variant, in its folder: one JSON object a line."""

JUDGED_PREFIX = "aws:"


@dataclass(frozen=True, kw_only=True, order=True)
class ProviderFinding:
    """A problem with one property of one resource, in the provider's words."""

    urn: str
    property: str
    reason: str

    @property
    def type(self) -> str:
        return type_of(self.urn)

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    def __str__(self) -> str:
        words = " ".join(self.reason.split())
        return f"{self.type} {self.name}{'.' + self.property if self.property else ''}: {words}"


@dataclass(kw_only=True)
class VariantVerdict:
    """The provider's verdict on one variant.

    `judged` counts resources and functions by token. `findings` and `errors` have to be fixed; `unjudged`
    names properties that could not be judged, and why, and `silent` the resources that the provider never saw.
    """

    variant: str
    judged: Counter[str] = field(default_factory=Counter)
    findings: list[ProviderFinding] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Inputs of each resource in Pulumi's wire format, by URN."""

    unjudged: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        return not (self.findings or self.errors or self.silent) and bool(self.judged)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Shared parts of all previews: the built plugin, the CLI, a home with both installed, and Moto's address."""

    plugin: ProviderPlugin
    pulumi: toolchain.Pulumi
    address: str
    lock: Lock
    program: Program

    @property
    def answers(self) -> Path:
        """Folder of the plugin's answers in this run: the variants share most of their resources."""
        return FOLDER / "answers"

    @property
    def home(self) -> Path:
        return FOLDER / "home"


def make_bench(plugin: ProviderPlugin, address: str, lock: Lock) -> Bench:
    """Install the plugin, and the offline ones that are not about AWS itself. Raises StepFailed or HomeError."""
    pulumi = toolchain.ready(STATE_DIR / "pulumi-on-path.json")
    if pulumi is None:
        raise StepFailed("there is no Pulumi CLI yet: run `make setup`")
    program = Program(REPO_ROOT)
    program.preload()
    bench = Bench(plugin=plugin, pulumi=pulumi, address=address, lock=lock, program=program)
    workspace.wipe(bench.answers)
    bench.answers.mkdir(parents=True)
    plugins.install(plugin, home=bench.home, pulumi=pulumi)
    return bench


def judge(variant: Variant, bench: Bench, *, transforms: Sequence[Transform] = ()) -> VariantVerdict:
    """Preview `variant` and collect the provider's findings. `transforms` change resources before the engine."""
    unjudged = Unjudged.load()
    program = transformed(bench.program, [*transforms, unjudged])
    with prepared(variant, bench, program, FOLDER / variant.name) as engine:
        notes = engine.workspace.folder / NOTES
        notes.unlink(missing_ok=True)
        engine.environment |= {FINDINGS_VARIABLE: str(notes), ANSWERS_VARIABLE: str(bench.answers)}
        record = Record()
        with Heartbeat(
            f"conformance: {variant.name}", lambda: f"{record.done} of {len(record.resources)} resources so far"
        ):
            outcome = engine.operate("preview", record=record)
        verdict = read(variant.name, notes, record, outcome)
    verdict.unjudged = unjudged.left_out
    return verdict


def inputs_in(notes: Path) -> dict[str, dict[str, Any]]:
    """Inputs of each resource of a variant judged before, by URN."""
    lines = (json.loads(line) for line in notes.read_text().splitlines())
    return {note["urn"]: note["inputs"] for note in lines if note["step"] == "inputs"}


def type_of(urn: str) -> str:
    """The type token in a resource's URN; a function's token is returned as it is."""
    return urn.split("::")[2].rpartition("$")[2] if "::" in urn else urn


class prepared:  # noqa: N801 (a context manager, used like a function)
    """An engine on a fresh copy of the variant's settings in `folder`, with a stack and no state; a context manager."""

    def __init__(self, variant: Variant, bench: Bench, program: Callable[[], Any], folder: Path) -> None:
        self.variant, self.bench, self.program, self.folder = variant, bench, program, folder

    def __enter__(self) -> Engine:
        workspace.wipe(self.folder)
        space = workspace.prepare(REPO_ROOT, self.variant.stack, self.folder, stacks=self.variant.folder)
        settings = yaml.safe_load(space.stack_file.read_text()) or {}
        settings["config"] = lay_over(settings.get("config") or {}, self.variant.config)
        space.stack_file.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
        engine = Engine(self.bench.pulumi, str(self.bench.home), space, self.bench.lock, self.program)
        engine.environment.update(cloud.environment(self.bench.address))
        _ask(engine, "stack", "init", space.stack, "--no-select")
        return engine

    def __exit__(self, *_: object) -> None:
        pass


def read(name: str, notes: Path, record: Record, outcome: EngineOutcome) -> VariantVerdict:
    """The verdict on a preview: the plugin's findings, the engine's errors, and resources that the provider missed."""
    verdict = VariantVerdict(variant=name, seconds=outcome.seconds)
    seen: set[str] = set()
    found: set[ProviderFinding] = set()
    for line in notes.read_text().splitlines() if notes.exists() else ():
        note = json.loads(line)
        if note["step"] == "inputs":
            verdict.inputs[note["urn"]] = note["inputs"]
            continue
        seen.add(note["urn"])
        if note["step"] != "seen":
            found.add(
                ProviderFinding(urn=note["urn"], property=note.get("property", ""), reason=note.get("reason", ""))
            )
    for urn, inputs in verdict.inputs.items():
        found |= {
            ProviderFinding(urn=urn, property=place, reason=why) for place, why in rules.problems(type_of(urn), inputs)
        }
    made = {urn: (type_of(urn), inputs, {}) for urn, inputs in verdict.inputs.items()}
    found |= {ProviderFinding(urn=urn, property=place, reason=why) for urn, place, why in of_stack(made)}
    verdict.findings = sorted(found)
    verdict.judged = Counter(ProviderFinding(urn=urn, property="", reason="").type for urn in seen)
    registered = [r.urn for r in record.resources.values() if r.custom and r.type.startswith(JUDGED_PREFIX)]
    verdict.silent = sorted(set(registered) - seen)
    if not outcome.ok:
        verdict.errors = outcome.error.splitlines() or ["the preview failed and did not say why"]
    elif not registered:
        verdict.errors = ["the program registered no AWS resource: nothing was judged"]
    return verdict


def _ask(engine: Engine, *arguments: str) -> None:
    answer = engine.ask(*arguments)
    if not answer.ok:
        raise StepFailed(f"pulumi {' '.join(arguments[:2])}: {answer.error}")
