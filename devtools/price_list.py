"""Refresh of `aws_facts/data/prices.json` from AWS's public price list.

The price list is a set of JSON files, one a service and region, open to everyone: AWS Billing guide, "Using the bulk
API". Items without an `offer` in the table are in files of hundreds of megabytes (EC2, which NAT gateways belong to) or
in none; they stay as they are, with a note. Nothing is changed unless every file could be read.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from aws_facts.prices import TABLE
from aws_facts.regions import ZONES

HOST: Final = "https://pricing.us-east-1.amazonaws.com"
TIMEOUT: Final = 20.0  # seconds without an answer
SOURCE: Final = "priceList"
"""Name of the price list itself among the table's sources."""
Offer = Mapping[str, Any]
Fetch = Callable[[str, str], Offer]


class Unreachable(Exception):
    """The price list can't be read: one line with the cause."""


def fetch(offer: str, region: str) -> Offer:
    """The current file of a service in a region. Raises Unreachable."""
    url = f"{HOST}/offers/v1.0/aws/{offer}/current/{region}/index.json"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            return dict(json.load(answer))
    except (OSError, ValueError) as error:  # urllib's errors are OSErrors
        reason = getattr(error, "reason", error)
        raise Unreachable(
            f"prices: AWS's price list can't be read ({offer}, {region}: {' '.join(str(reason).split())}); "
            "nothing was changed, try again where there is a network"
        ) from error


def price_in(offer: Offer, item: Mapping[str, Any]) -> float | None:
    """The on-demand price of an item of the table in one file; None where the file has none, or several that differ.

    A usage type starts with the region's code, except in us-east-1; of tiers, the first counts.
    """
    usage = re.compile(rf"(?:^|-){re.escape(item['usage'])}$")
    wanted = item.get("attributes", {})
    found: set[float] = set()
    for sku, product in offer.get("products", {}).items():
        attributes = product.get("attributes", {})
        if not usage.search(attributes.get("usagetype", "")):
            continue
        if any(attributes.get(name) != value for name, value in wanted.items()):
            continue
        found.update(_first_tier(offer.get("terms", {}).get("OnDemand", {}).get(sku, {})))
    return found.pop() if len(found) == 1 else None


def _first_tier(terms: Mapping[str, Any]) -> Iterator[float]:
    for term in terms.values():
        for dimension in term.get("priceDimensions", {}).values():
            value = dimension.get("pricePerUnit", {}).get("USD")
            if value is not None and float(dimension.get("beginRange") or 0) == 0 and float(value) > 0:
                yield float(value)


def refreshed(
    table: Mapping[str, Any], regions: Sequence[str], get: Fetch, today: date
) -> tuple[dict[str, Any], list[str]]:
    """The table updated from the price list, and one line for each price that changed or could not be found."""
    new = json.loads(json.dumps(table))
    notes: list[str] = []
    offers = sorted({item["offer"] for item in new["items"].values() if "offer" in item})
    for region in regions:
        for offer in offers:
            content = get(offer, region)
            for name, item in new["items"].items():
                if item.get("offer") != offer:
                    continue
                value, before = price_in(content, item), item["prices"].get(region)
                if value is None:
                    notes.append(f"{region} {name}: not in the price list; {_kept(before)}")
                    continue
                if before is None or before["value"] != value:
                    notes.append(f"{region} {name}: {before['value'] if before else 'not priced'} → {value:g}")
                item["prices"][region] = {"value": value, "grade": "A", "date": f"{today:%Y-%m-%d}", "source": SOURCE}
    others = [name for name, item in new["items"].items() if "offer" not in item]
    notes.append(f"not refreshed, as no file of a bearable size has them: {', '.join(others)}")
    return new, notes


def written(table: Mapping[str, Any]) -> str:
    """The table as its file has it: one line an item, so that a change shows as one."""
    rows = [f"    {json.dumps(name)}: {json.dumps(item, ensure_ascii=False)}" for name, item in table["items"].items()]
    discounts = [f"    {json.dumps(one, ensure_ascii=False)}" for one in table["discounts"]]
    sources = [
        f"    {json.dumps(name)}: {json.dumps(said, ensure_ascii=False)}" for name, said in table["sources"].items()
    ]
    return (
        "{\n"
        f'  "date": {json.dumps(table["date"])}, "currency": {json.dumps(table["currency"])},\n'
        '  "sources": {\n' + ",\n".join(sources) + "\n  },\n"
        '  "items": {\n' + ",\n".join(rows) + '\n  },\n  "discounts": [\n' + ",\n".join(discounts) + "\n  ]\n}\n"
    )


def _kept(before: Mapping[str, Any] | None) -> str:
    return f"{before['value']:g} of {before['date']} stays" if before else "still not priced"


def refresh(
    regions: Sequence[str], tell: Callable[[str], None], *, get: Fetch = fetch, path: Path | None = None
) -> None:
    """Update the table for these regions (default: its own), and report the changes.

    Raises Unreachable, and ValueError for an unknown region; nothing is written then.
    """
    path = path or TABLE
    table = json.loads(path.read_text(encoding="utf-8"))
    known = sorted({region for item in table["items"].values() for region in item["prices"]})
    for region in regions:
        if region not in ZONES:
            raise ValueError(f"REGION: there is no such region (got {region}); use one such as {known[0]}")

    def told(offer: str, region: str) -> Offer:
        tell(f"prices: reading {offer} of {region}")
        return get(offer, region)

    today = datetime.now(UTC).date()
    new, notes = refreshed(table, regions or known, told, today)
    new["date"] = f"{today:%Y-%m}"
    new["sources"][SOURCE] = "AWS price list, read by make prices"
    draft = path.with_suffix(".new")
    draft.write_text(written(new), encoding="utf-8")
    draft.replace(path)
    for note in notes:
        tell(note)
    tell(f"prices: {path.name} is of {new['date']} now; look at the difference before it is committed")
