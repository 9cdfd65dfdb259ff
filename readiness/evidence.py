"""What people have done to get ready, as they keep it in `evidence/<stack>.yaml`: who, when, and what came of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import Field, ValidationError

from settings.stack_file import BadInput
from specs.base import Name, Spec

FOLDER: Final = "evidence"
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Done(Spec):
    """Something that was done on a day, by somebody."""

    date: date
    """Day on which it was done."""
    by: Text
    """Who did it."""


class LoadTestRun(Done):
    """A load test of the whole way."""

    event: Name
    """Event that was played."""
    scale: Annotated[float, Field(gt=0)]
    """Share of the event's demand: 1 is all of it."""
    kept: bool
    """Whether customers had what they are promised."""
    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    """Digest of its plan, as `make load-plan` prints it."""


class GameDay(Done):
    """A fault that was played in the stack."""

    fault: Name
    """Scenario of the simulation."""
    passed: bool
    """Whether what was expected came true."""


class RestoreTest(Done):
    """A backup that was restored and looked at."""

    store: Name
    """Database or table."""


class AccountLook(Done):
    """What preflight said of the account."""

    fails: Annotated[int, Field(ge=0)]
    """`counts.fails` of `make preflight FORMAT=json`."""
    unknown: Annotated[int, Field(ge=0)] = 0
    """What it could not tell."""


class Evidence(Spec):
    """Everything that was done for a stack."""

    preflight: AccountLook | None = None
    """The last preflight."""
    load_tests: tuple[LoadTestRun, ...] = ()
    """Load tests of the whole way."""
    game_days: tuple[GameDay, ...] = ()
    """Faults that were played."""
    restore_tests: tuple[RestoreTest, ...] = ()
    """Backups that were restored."""
    runbooks_read: tuple[Done, ...] = ()
    """Who has read the event's runbook."""
    alarms_tested: Done | None = None
    """The last test that alarms reach somebody."""


def read(stack: str, root: Path) -> Evidence:
    """The evidence of a stack; nothing where there is no file. Raises BadInput."""
    file = root / FOLDER / f"{stack}.yaml"
    if not file.exists():
        return Evidence()
    name = f"{FOLDER}/{file.name}"
    try:
        return Evidence.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except yaml.YAMLError as error:
        raise BadInput(f"{name}: has to be YAML (got {str(error).splitlines()[0]}); correct it") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadInput(f"{name}: {place}: {first['msg']} (got {str(first['input'])[:60]}); correct it") from None
