"""`before-destroy`: what to do before `pulumi destroy`, done with `--write`."""

from __future__ import annotations

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from account.preflight.credentials import NoCredentials, signed_in
from account.teardown import databases, logs, network
from account.teardown.cloud import Cloud
from account.teardown.step import Stuck, TeardownStep, carry_out
from devtools.console import print_error, print_line
from devtools.recording.programs import run, stack_values
from saleday import shared
from saleday.shared import FAILED, OK, UNMET, command
from settings.stack_file import BadInput, read


@command("before-destroy", BadInput, NoCredentials, Stuck)
@shared.stack
@shared.switch("write", "do it, instead of saying what would be done")
def before_destroy(stack: str, write: bool) -> int:
    """Remove what AWS created or stopped outside the stack and `pulumi destroy` would fail on."""
    try:
        return _prepare(stack, write)
    except ClientError as error:
        print_error(f"{error.operation_name}: AWS refuses it ({error.response['Error']['Code']}); {_REMEDY}")
    except BotoCoreError as error:
        print_error(f"AWS does not answer ({error}); run the command again")
    return FAILED


_REMEDY = "give these credentials the right to it, and run the command again: it goes on where it ended"


def _prepare(stack: str, write: bool) -> int:
    shop = read(stack)
    if shop.production:
        raise BadInput(
            "saleday:production: a production stack is protected (got true); set it to false and run pulumi up first, "
            "as docs/guide/first-deployment.md has it"
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
    return UNMET if count and not write else OK


def _steps(cloud: Cloud, stack: str, account: str) -> Iterator[TeardownStep]:
    """One after the other: each looks at what those before it have left."""
    yield from databases.steps(cloud)
    yield from network.steps(cloud)
    yield from logs.steps(cloud, run(stack, account_id=account).of(logs.LOG_GROUP))
