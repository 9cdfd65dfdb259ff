"""`preflight`: whether the stack would come up in the account of these credentials."""

from __future__ import annotations

from datetime import UTC, datetime

import click
import pulumi

from account.preflight import policy as least_policy
from account.preflight import report
from account.preflight.account import AwsAccount
from account.preflight.checks import all_checks
from account.preflight.credentials import NoCredentials, signed_in
from account.preflight.dns import PublicDns
from account.preflight.look import Subject, World
from account.preflight.registry import PublicRegistry
from account.preflight.run import concerning, held
from account.preflight.verdict import Outcome
from account.preflight.write import written
from devtools.console import Heartbeat, print_error, print_line
from devtools.recording.programs import run, stack_values
from devtools.recording.recorded import Recorded
from devtools.rehearsal.fake_outputs import ACCOUNT_ID
from saleday import shared
from saleday.shared import OK, UNMET, command
from settings import stack_file
from settings.edit import NotThere
from settings.stack_file import BadInput, read
from specs.shop import Shop


@command("preflight", BadInput, NoCredentials, NotThere, pulumi.RunError)
@shared.stack
@click.option("--format", "format_", default="", help="text, or json for machines")
@shared.switch("policy", "print the least IAM policy that this needs, and ask nothing")
@shared.switch("write", "write what the account says into the stack's file")
def preflight(stack: str, format_: str, policy: bool, write: bool) -> int:
    """Whether a stack would come up in the account of these credentials, reading only."""
    return _policy(stack) if policy else _preflight(stack, format_, write)


def _policy(stack: str) -> int:
    shop = read(stack)
    subject = Subject.of_stack(shop, _recorded(shop), datetime.now(UTC))
    print_line(least_policy.document(concerning(all_checks(), subject)))
    return OK


def _preflight(stack: str, format_: str, write: bool) -> int:
    shown = report.of_format(format_)
    shop = read(stack)
    session, account_id = signed_in(stack_values(stack))
    print_error(f"preflight: what {stack} would make in account {account_id}, {shop.region}")
    with Heartbeat("preflight: runs the program", lambda: "", tell=print_error):
        subject = Subject.of_stack(shop, _recorded(shop, account_id), datetime.now(UTC))
    account = AwsAccount(session, account_id, shop.region)
    world = World(account=account, resolver=PublicDns(), registry=PublicRegistry())
    findings = held(concerning(all_checks(), subject), subject, world, print_error)
    print_line(shown(stack, account_id, shop.region, findings))
    for line in written(stack_file.path(stack), findings, write):
        print_error(line)
    # Unknown results don't count: the report shows them.
    return UNMET if report.count(findings, Outcome.FAILS) else OK


def _recorded(shop: Shop, account_id: str = ACCOUNT_ID) -> Recorded:
    """The program with all of its zones there, each with its name for an id: a check holds them against the account."""
    return run(shop.stack, account_id=account_id, zones={name: name for name in shop.zone_names})
