"""`ready`: a stack's readiness for an event, as one page and one signed file."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import pulumi

from account.preflight.credentials import NoCredentials, signed_in
from devtools.console import Heartbeat, print_line
from devtools.paths import REPO_ROOT, STATE_DIR
from devtools.recording.programs import recorded, stack_values
from readiness import evidence, facts, items, page, statement
from sale.cli_args import plan_of
from sale.text_report import columns
from saleday import shared
from saleday.shared import OK, UNMET, command
from settings.stack_file import BadInput

FOLDER: Final = REPO_ROOT / "build"
KEPT: Final = STATE_DIR / "ready-key.pem"
"""The key of this machine."""


@command("ready", BadInput, NoCredentials, pulumi.RunError)
@shared.stack
@shared.event
@shared.now
@click.option("--key", default="", help="a private key in PEM, or awskms:<key>; default: a key of this machine")
@click.option("--root", type=click.Path(path_type=Path), default=REPO_ROOT, help="the tree that is certified")
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER)
def ready(stack: str, event: str, now: datetime, key: str, root: Path, folder: Path) -> int:
    """Whether a stack is ready for an event, as one page and one signed file."""
    plan, sale = plan_of(stack, event, now)
    known = evidence.read(stack, root)
    if key.startswith(statement.KMS):
        signed_in(stack_values(stack))
    signer = statement.signer(key, KEPT)
    began = time.monotonic()
    with Heartbeat("ready: runs the program and judges it", lambda: f"{time.monotonic() - began:.0f} s"):
        found = facts.facts(plan, sale, recorded(stack), root)
    listed = items.items(found, known)
    content = statement.statement(found, listed, now.isoformat(timespec="seconds"))
    file = folder / f"ready-{stack}-{sale.name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(statement.signed(content, signer))
        file.with_suffix(".pub").write_bytes(statement.public_pem(signer))
        file.with_suffix(".html").write_text(page.page(content, signer.public_key.keyid), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{folder}: has to be a folder to write to (got {error.strerror}); choose another") from None
    rows = [(one.state, one.name, one.told, one.remedy) for one in sorted(listed, key=_rank) if one.state != "green"]
    for line in columns(("state", "item", "what is so", "what to do"), rows):
        print_line(line)
    state = items.worst(listed)
    print_line(f"{sale.name} on {stack}: {state}, {sum(one.state == 'green' for one in listed)} of {len(listed)} green")
    print_line(f"wrote {file}, its page {file.with_suffix('.html').name} and its key {file.with_suffix('.pub').name}")
    return UNMET if state == "red" else OK


def _public(key: str) -> bytes:
    """The public key that is trusted: never one that came with the certificate."""
    if not key:
        if not KEPT.exists():
            raise BadInput("KEY: has to name the public key in PEM (got nothing, this machine has none of its own)")
        return statement.public_pem(statement.signer("", KEPT))
    try:
        return Path(key).read_bytes()
    except OSError as error:
        raise BadInput(f"KEY: has to be a public key in PEM (got {key}: {error.strerror})") from None


def _rank(item: items.Item) -> bool:
    return item.state != "red"


def _rank(item: items.Item) -> bool:
    return item.state != "red"


@command("ready-check", BadInput)
@shared.stack
@shared.event
@shared.now
@click.option("--from", "source", default="", help="a certificate; default: build/ready-<stack>-<event>.json")
@click.option("--key", default="", help="the public key in PEM; default: that of this machine's key")
@click.option("--root", type=click.Path(path_type=Path), default=REPO_ROOT, help="the tree that is certified")
@click.option("--folder", type=click.Path(path_type=Path), default=FOLDER)
def ready_check(stack: str, event: str, now: datetime, source: str, key: str, root: Path, folder: Path) -> int:
    """Whether a certificate is genuine, of this revision, and says that the stack is ready."""
    _, sale = plan_of(stack, event, now)
    file = Path(source) if source else folder / f"ready-{stack}-{sale.name}.json"
    content = statement.verified(file, _public(key))
    statement.check_subject(content, stack, sale.name, facts.revision(root), facts.settings_digest(stack))
    state, ended = content["predicate"]["state"], statement.expired(content, now.date())
    for line in ended:
        print_line(line)
    print_line(f"{sale.name} on {stack}: {state}, certified {content['predicate']['made']}")
    return UNMET if state == "red" or ended else OK
