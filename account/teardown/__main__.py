"""`python -m account.teardown --stack dev [--write 1]`: what to do before `pulumi destroy`, done with `--write`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from account.preflight.credentials import NoCredentials, signed_in
from account.teardown import databases, logs, network
from account.teardown.cloud import Cloud
from account.teardown.step import Step, Stuck, carry_out
from devtools.console import print_error, print_line
from devtools.recording.programs import run, stack_values
from settings.stack_file import BadInput, read

LEFT = 3
"""Exit code where there is something to do, and it was not asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m account.teardown", description=__doc__)
    parser.add_argument("--stack", default="")
    parser.add_argument("--write", default="", help="do it, instead of saying what would be done")
    given = parser.parse_args(arguments)
    try:
        return _prepare(given.stack, given.write not in ("", "0"))
    except (BadInput, NoCredentials, Stuck) as error:
        print_error(str(error))
    except ClientError as error:
        print_error(f"{error.operation_name}: AWS refuses it ({error.response['Error']['Code']}); {_REMEDY}")
    except BotoCoreError as error:
        print_error(f"AWS does not answer ({error}); run the command again")
    return 1


_REMEDY = "give these credentials the right to it, and run the command again: it goes on where it ended"


def _prepare(stack: str, write: bool) -> int:
    shop = read(stack)
    if shop.production:
        raise BadInput(
            "saleday:production: a production stack is protected (got true); set it to false and run pulumi up first, "
            "as README has it under How to destroy it"
        )
    session, account = signed_in(stack_values(stack))
    print_error(f"before-destroy: what AWS has made or stopped for {stack} in account {account}, {shop.region}")
    cloud = Cloud(session=session, project=shop.project, stack=shop.stack, region=shop.region)
    count = 0
    for step in _steps(cloud, stack, account):
        count += 1
        print_line(f"{'doing' if write else 'to do'}: {step.what}; {step.why}")
        if write:
            carry_out(step, print_error)
    if count == 0:
        print_line(f"nothing to do: pulumi destroy -s {stack}")
    elif write:
        print_line(f"done: pulumi destroy -s {stack}")
    else:
        print_line("WRITE=1 does it")
    return LEFT if count and not write else 0


def _steps(cloud: Cloud, stack: str, account: str) -> Iterator[Step]:
    """One after the other: each looks at what those before it have left."""
    yield from databases.steps(cloud)
    yield from network.steps(cloud)
    yield from logs.steps(cloud, run(stack, account_id=account).of(logs.LOG_GROUP))


if __name__ == "__main__":
    sys.exit(main())
