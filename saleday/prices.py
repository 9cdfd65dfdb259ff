"""`prices`: refreshes the table of prices from AWS's price list, where there is a network."""

from __future__ import annotations

import click

from devtools import price_list
from devtools.console import print_line
from saleday.shared import OK, command


@command("prices", price_list.Unreachable, ValueError)
@click.option("--region", multiple=True, default=[], help="default: those that the table has")
def prices(region: tuple[str, ...]) -> int:
    """Refresh aws_facts/data/prices.json from AWS's price list, where there is a network."""
    price_list.refresh([one for one in region if one], print_line)
    return OK
