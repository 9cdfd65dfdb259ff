"""`cost`: a stack's cost a month, and what a change adds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from cost.bill import Context
from cost.graph import NoGraph, rehearsed
from cost.report import as_json, difference, difference_text, text
from cost.use import usual
from devtools.console import Heartbeat, print_line
from devtools.paths import REPO_ROOT, STATE_DIR
from sale.charges import prices_of
from sale.plan import compile_plan
from saleday import shared
from saleday.shared import OK, command
from settings.stack_file import BadInput, read
from specs.shop import Shop


def bill(shop: Shop, tree: Path, stack: str, now: datetime, label: str) -> dict[str, Any]:
    """The bill of a stack of the project in `tree`, with its settings. Raises NoGraph."""
    prices = prices_of(shop)
    with Heartbeat(f"{label}: previewing {stack} without an account", lambda: ""):
        nodes = rehearsed(tree, stack)
    print_line(f"{label}: {len(nodes)} resources")
    plan = compile_plan(shop, now)
    return as_json(Context(shop=shop, plan=plan, usual=usual(shop, plan), prices=prices, nodes=nodes))


def settings_of(tree: Path, shop: Shop, revision: str) -> Shop:
    """The settings of another revision; `shop`, with a note, if this tree can't read them. The registered resources
    come from the revision itself in any case."""
    try:
        return read(shop.stack, tree)
    except BadInput as error:
        print_line(
            f"{revision}: forecast and sizes are taken from this tree, which can't read that revision's ({error})"
        )
        return shop


@contextmanager
def checked_out(revision: str) -> Generator[Path]:
    """A temporary working tree of a revision. Raises BadInput for an unknown revision."""
    found = _git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    commit = found.stdout.strip()
    if found.returncode != 0 or not commit:
        raise BadInput(f"BASE: git knows no such revision (got {revision}); name a commit, branch or tag")
    folder = STATE_DIR / "base" / commit[:12]
    _git("worktree", "remove", "--force", str(folder))
    added = _git("worktree", "add", "--detach", "--force", str(folder), commit)
    if added.returncode != 0:
        raise BadInput(f"BASE: {revision} can't be checked out ({added.stderr.strip().splitlines()[-1]})")
    try:
        (folder / ".venv").symlink_to(REPO_ROOT / ".venv")
        yield folder
    finally:
        _git("worktree", "remove", "--force", str(folder))


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["git", *arguments], cwd=REPO_ROOT, capture_output=True, text=True, check=False)


@command("cost", BadInput, NoGraph)
@shared.stack
@click.option("--base", default="", help="a git revision to compare with")
@shared.now
@click.option("--json", "file", default="", help="write it there as well")
def cost(stack: str, base: str, now: datetime, file: str) -> int:
    """A stack's cost a month, and of its events."""
    shop = read(stack)
    after = bill(shop, REPO_ROOT, stack, now, "this tree")
    content: dict[str, Any] = after
    lines = list(text(after))
    if base:
        with checked_out(base) as tree:
            before = bill(settings_of(tree, shop, base), tree, stack, now, base)
        content = difference(before, after)
        lines = list(difference_text(content, base))
    if file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print_line()
    for line in lines:
        print_line(line)
    return OK
