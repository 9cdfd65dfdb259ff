"""`python -m account.preflight --stack prod`: whether the stack would come up in the account of these credentials."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import pulumi

from account.preflight import policy, report
from account.preflight.account import Account
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
from settings import stack_file
from settings.edit import NotThere
from settings.stack_file import BadInput, read
from specs.shop import Shop

FAILS = 3
"""Exit code where something will fail. What is not known does not count: the report says it."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m account.preflight", description=__doc__)
    parser.add_argument("--stack", default="")
    parser.add_argument("--format", default="", help="text, or json for machines")
    parser.add_argument("--policy", default="", help="print the least IAM policy that this needs, and ask nothing")
    parser.add_argument("--write", default="", help="write what the account says into the stack's file")
    given = parser.parse_args(arguments)
    try:
        if given.policy not in ("", "0"):
            return _policy(given.stack)
        return _preflight(given.stack, given.format, given.write not in ("", "0"))
    except (BadInput, NoCredentials, NotThere, pulumi.RunError) as error:
        print_error(str(error))
        return 1


def _policy(stack: str) -> int:
    shop = read(stack)
    subject = Subject.of_stack(shop, _recorded(shop), datetime.now(UTC))
    print_line(policy.document(concerning(all_checks(), subject)))
    return 0


def _preflight(stack: str, format_: str, write: bool) -> int:
    shown = report.of_format(format_)
    shop = read(stack)
    session, account_id = signed_in(stack_values(stack))
    print_error(f"preflight: what {stack} would make in account {account_id}, {shop.region}")
    with Heartbeat("preflight: runs the program", lambda: "", tell=print_error):
        subject = Subject.of_stack(shop, _recorded(shop, account_id), datetime.now(UTC))
    account = Account(session, account_id, shop.region)
    world = World(account=account, resolver=PublicDns(), registry=PublicRegistry())
    findings = held(concerning(all_checks(), subject), subject, world, print_error)
    print_line(shown(stack, account_id, shop.region, findings))
    for line in written(stack_file.path(stack), findings, write):
        print_error(line)
    return FAILS if report.count(findings, Outcome.FAILS) else 0


def _recorded(shop: Shop, account_id: str = ACCOUNT_ID) -> Recorded:
    """The program with all of its zones there, each with its name for an id: a check holds them against the account."""
    return run(shop.stack, account_id=account_id, zones={name: name for name in shop.zone_names})


if __name__ == "__main__":
    sys.exit(main())
