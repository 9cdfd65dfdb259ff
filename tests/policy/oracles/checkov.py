"""Checkov on a Terraform rendering of the stacks, and of every mistake: `python -m tests.policy.oracles.checkov`.

Checkov stands in an environment of its own, which nothing else uses:

    python -m venv .rehearsal/checkov && .rehearsal/checkov/bin/pip install checkov==3.3.30

What it says of the stacks that are right is explained check by check in checkov.yaml; an explanation that is missing
or no longer needed fails. What it says of the mistakes is counted beside what the pack says, rule by rule. Writes both
into docs/policy-oracles.md.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import yaml

from policy.pack.registry import BY_NAME, RULES
from policy.pack.rule import Rule
from policy.pack.stacks import Stack
from tests.policy.bases import NAMES, base
from tests.policy.mutations import Mutation
from tests.policy.oracles.terraform import render
from tests.policy.test_mutations import MUTATIONS, judged

ROOT = Path(__file__).parents[3]
CHECKOV = ROOT / ".rehearsal" / "checkov" / "bin" / "checkov"
EXPLANATIONS = Path(__file__).with_name("checkov.yaml")
PAGE = ROOT / "docs" / "policy-oracles.md"
START, END = "<!-- checkov -->", "<!-- end of checkov -->"

Failed = dict[str, dict[str, list[str]]]
"""Resources by the folder that was judged and the id of the check that failed."""


class Differs(Exception):
    """Checkov and the explanations don't agree, or it can't be run: one line."""


def run(folder: Path) -> tuple[Failed, dict[str, str]]:
    """What Checkov finds in the folders of a folder, and what its checks are called."""
    if not CHECKOV.exists():
        raise Differs(f"{CHECKOV.relative_to(ROOT)} is missing: see {Path(__file__).name}")
    options = ("--framework", "terraform", "--output", "json", "--compact", "--quiet", "--skip-download")
    environment = {**os.environ, "HCL_PARSE_TIMEOUT_SEC": "600"}  # its 10 s are few for a whole stack in one file
    command = [CHECKOV, "-d", folder, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    try:
        body = json.loads(done.stdout)
    except ValueError:
        raise Differs(f"Checkov failed: {done.stderr[-500:]}") from None
    if body["summary"]["parsing_errors"]:
        raise Differs(f"Checkov can't read {body['summary']['parsing_errors']} files of {folder}")
    failed: Failed = defaultdict(lambda: defaultdict(list))
    names: dict[str, str] = {}
    for item in body["results"]["failed_checks"]:
        failed[Path(item["file_path"]).parts[1]][item["check_id"]].append(item["resource"])
        names[item["check_id"]] = item["check_name"]
    return failed, names


def write(folder: Path, name: str, stack: Stack) -> None:
    (folder / name).mkdir()
    (folder / name / "main.tf").write_text(render(stack), encoding="utf-8")


def right_stacks(folder: Path) -> Iterable[str]:
    """The lines on the stacks that are right; Differs where something is not explained."""
    for name in NAMES:
        write(folder, name, base(name))
    failed, names = run(folder)
    found = sorted({check for checks in failed.values() for check in checks}, key=_in_order)
    explained = yaml.safe_load(EXPLANATIONS.read_text(encoding="utf-8"))
    if missing := [f"{check} ({names[check]})" for check in found if check not in explained]:
        raise Differs(f"not explained: {', '.join(missing)}")
    if stale := sorted(set(explained) - set(found)):
        raise Differs(f"explained, but not found any more: {', '.join(stale)}")
    yield f"| check | what it wants | {' | '.join(NAMES)} | rule of the pack | why the pack is content |"
    yield f"|---|---|{'---|' * len(NAMES)}---|---|"
    for check in found:
        counts = " | ".join(str(len(failed[name][check]) or "") for name in NAMES)
        rules = ", ".join(rule.name for rule in RULES if check in rule.controls)
        yield f"| {check} | {names[check]} | {counts} | {rules} | {explained[check]} |"


def mistakes(folder: Path) -> Iterable[str]:
    """The lines on the mistakes: by rule that names checks of Checkov, how many of them each of the two finds."""
    chosen = [mutation for mutation in MUTATIONS if _checks(BY_NAME[mutation.rule])]
    for number, mutation in enumerate(chosen):
        before, after = _around(mutation)
        write(folder, f"{number}-right", before)
        write(folder, f"{number}-wrong", after)
    failed, _ = run(folder)
    yield "| rule | checks that it names | mistakes | the pack finds | Checkov finds |"
    yield "|---|---|---|---|---|"
    for rule in RULES:
        own = [(number, mutation) for number, mutation in enumerate(chosen) if mutation.rule == rule.name]
        if not own:
            continue
        mine = sum(bool(judged(mutation, preview=False).violations) for _, mutation in own)
        theirs = sum(_sees(rule, failed[f"{number}-right"], failed[f"{number}-wrong"]) for number, _ in own)
        yield f"| {rule.name} | {', '.join(_checks(rule))} | {len(own)} | {mine} | {theirs} |"


def _checks(rule: Rule) -> list[str]:
    return [control for control in rule.controls if control.startswith("CKV")]


def _sees(rule: Rule, right: dict[str, list[str]], wrong: dict[str, list[str]]) -> bool:
    return any(set(wrong[check]) - set(right[check]) for check in _checks(rule))


def _around(mutation: Mutation) -> tuple[Stack, Stack]:
    """The part of the base that a mistake is about, before and after: what changes, and what is linked with it."""
    before = base(mutation.base)
    after = mutation.of(before)
    old = {it.urn: it for it in before.resources}
    new = {it.urn: it for it in after.resources}
    changed = {urn for urn in old.keys() | new.keys() if old.get(urn) is not new.get(urn)}
    near = set(changed)
    for it in (*before.resources, *after.resources):
        sources = {urn for urns in it.links.values() for urn in urns}
        if it.urn in changed:
            near |= sources
        elif sources & changed:
            near.add(it.urn)
    return _cut(before, near), _cut(after, near)


def _cut(stack: Stack, urns: set[str]) -> Stack:
    return Stack(
        resources=tuple(it for it in stack.resources if it.urn in urns),
        inputs={urn: it for urn, it in stack.inputs.items() if urn in urns},
        preview=False,
    )


def _in_order(check: str) -> tuple[str, int]:
    family, _, number = check.rpartition("_")
    return family, int(number)


INTRODUCTION = """\
# Second oracles

Other judges of the same stacks, where they and the pack differ, and why. Each part is written by its own command.
"""


def page(lines: Iterable[str]) -> str:
    """The page with this part of it replaced; what others have written stays."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else f"{INTRODUCTION}\n{START}\n{END}\n"
    if START not in text:
        text = f"{text.rstrip()}\n\n{START}\n{END}\n"
    part = "\n".join([START, *lines, END])
    return re.sub(f"{START}.*{END}", lambda _: part, text, flags=re.DOTALL)


def main() -> int:
    try:
        with tempfile.TemporaryDirectory() as right, tempfile.TemporaryDirectory() as wrong:
            lines = [
                "",
                "## Checkov 3.3.30",
                "",
                "`python -m tests.policy.oracles.checkov` renders the stacks as Terraform and asks Checkov, in an",
                "environment of its own. In the stacks that are right it objects to this, on so many resources:",
                "",
                *right_stacks(Path(right)),
                "",
                "Of the mistakes in `tests/policy/mutations`, for the rules that name checks of Checkov; a mistake is",
                "found where one of these checks fails that didn't before:",
                "",
                *mistakes(Path(wrong)),
                "",
                "Checkov misses what lies between resources (paths, links, a third resource that attaches), what is",
                "split or spelt otherwise, and keys that are not this program's.",
                "",
            ]
    except Differs as fault:
        print(f"checkov: {fault}", file=sys.stderr)
        return 1
    PAGE.write_text(page(lines), encoding="utf-8")
    print(f"written to {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
