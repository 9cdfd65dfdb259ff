"""The shop that load tests are tried on: production as the frozen stack has it."""

from __future__ import annotations

from functools import cache

from devtools.docsgen.pages import EXAMPLE_STACKS
from settings import stack_file
from specs.shop import Shop


@cache
def event_shop() -> Shop:
    return stack_file.read("prod", EXAMPLE_STACKS)
