"""A bill as values and as text, and the difference between two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from aws_facts.prices import REFERENCE_REGION, regions
from cost.bill import Context, of_events
from cost.commitments import options, spot_saves
from cost.rules import monthly
from cost.text import amount, wrapped
from cost.usage import by_use
from sale.charges import Bill, Line, totals
from sale.event_cost import AVERAGE

_SMALL: Final = 0.005
"""USD below which a line is not shown: it counts all the same."""


def as_json(context: Context) -> dict[str, Any]:
    """Everything that `make cost` knows of a stack."""
    lines = monthly(context)
    added = of_events(context) if context.plan.events else []
    month, events, both = Bill(lines), Bill(added), Bill([*lines, *added])
    choices = options(context, lines)
    spot = sum(one.saves for one in choices if one.name == "fargateSpot")
    return {
        "stack": context.shop.stack,
        "region": context.shop.region,
        "pricesOf": context.prices.table["date"],
        "regionIsPriced": context.shop.region in regions(),
        "averageOfBusyHour": AVERAGE,
        "month": {
            "usd": month.usd,
            "usdOfUnpriced": month.about,
            "usdWithSpot": month.usd - spot,
            "tiers": totals(lines, "tier"),
            "services": totals(lines, "service"),
            "lines": [asdict(line) for line in _ordered(lines)],
        },
        "events": {
            "names": [event.name for event in context.plan.events],
            "usd": events.usd,
            "usdOfUnpriced": events.about,
            "usdWithSpot": events.usd - spot_saves(context, added),
            "tiers": totals(added, "tier"),
            "lines": [asdict(line) for line in _ordered(added)],
        },
        "options": [asdict(one) for one in choices],
        "notPriced": [asdict(line) for line in both.not_priced],
        "byUse": [asdict(one) for one in by_use(context.nodes, context.prices)],
    }


def _ordered(lines: Iterable[Line]) -> list[Line]:
    """The dearest first; then by name, so that the order is the same in every run."""
    return sorted(lines, key=lambda line: (-(line.usd or 0.0), line.tier, line.service, line.what))


def text(bill: Mapping[str, Any]) -> Iterator[str]:
    """The bill for people, at most 80 columns wide."""
    month, event = bill["month"], bill["events"]
    if not bill["regionIsPriced"]:
        yield (
            f"aws:region: there are no prices for this region (got {bill['region']}, known: {', '.join(regions())}); "
            f"run make prices REGION={bill['region']}, or set them under saleday:prices"
        )
    yield f"{bill['stack']} in {bill['region']}, by prices of {bill['pricesOf']}"
    yield f"{month['usd']:>12,.2f}  USD a month without an event, as far as there are prices"
    if month["usdOfUnpriced"]:
        yield (
            f"{month['usdOfUnpriced']:>12,.2f}  USD more, of what has no price there, at those of {REFERENCE_REGION}"
        )
    for tier, usd in month["tiers"].items():
        inside = [line for line in month["lines"] if line["tier"] == tier]
        if usd:
            yield f"{usd:>12,.2f}  {tier}"
            yield from _rows(inside)
    if event["names"]:
        yield ""
        yield f"{event['usd']:>12,.2f}  USD that the events add ({', '.join(event['names'])})"
        if event["usdOfUnpriced"]:
            yield f"{event['usdOfUnpriced']:>12,.2f}  USD more, of what has no price there"
        yield f"{event['usdWithSpot']:>12,.2f}  where Spot is as cheap as AWS says at best"
        yield from _rows(event["lines"])
    yield from _options(bill["options"])
    yield from _unpriced(bill)


def _rows(lines: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for line in lines:
        if line["usd"] is not None and line["usd"] >= _SMALL:
            yield from wrapped(f"{line['usd']:>16,.2f}  ", f"{line['service']}: {line['what']}, {amount(line)}")


def _options(options: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    every = list(options)
    if every:
        yield ""
        yield "what would take something off, of what runs anyway (nothing is bought)"
    for one in every:
        bound = (
            f"bound {one['months']} months, breaks even after {one['break_even_months']:.1f} of them, "
            f"or with {one['break_even_share']:.0%} of the hours used"
            if one["months"]
            else "no commitment, may be taken back"
        )
        upfront = f", {one['upfront']:,.0f} USD at once" if one["upfront"] else ""
        yield from wrapped(
            f"{one['saves']:>16,.2f}  ",
            f"of {one['covers']:,.2f} a month: {one['title']}; {bound}{upfront} ({one['grade']})",
        )


def _unpriced(bill: Mapping[str, Any]) -> Iterator[str]:
    if bill["notPriced"]:
        yield ""
        yield from wrapped(
            "", f"without a price in {bill['region']}, the largest first, at the prices of {REFERENCE_REGION} where it "
            "has one; set what you pay under saleday:prices"
        )  # fmt: skip
    for line in bill["notPriced"]:
        about = f"{line['about']:>16,.2f}  " if line["about"] else f"{'?':>16}  "
        item = f" ({line['item']})" if line["item"] else ""
        yield from wrapped(about, f"{line['tier']}, {line['service']}: {line['what']}, {amount(line)}{item}")
    if bill["byUse"]:
        yield ""
        yield "by use that no forecast knows, and so in no total; USD for one unit"
    for one in bill["byUse"]:
        price = one["about"] if one["price"] is None else one["price"]
        shown = "?" if price is None else f"{price:.10f}".rstrip("0").rstrip(".")
        unit = f" ({one['unit']})" if one["unit"] else ""
        where = f", price of {REFERENCE_REGION}" if one["about"] else ""
        yield from wrapped(f"{shown:>16}  ", f"{one['service']}: {one['what']}{unit}{where}")


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Cost of a change: both months, and every line that differs."""
    old, new = _by_name(before), _by_name(after)
    rows = []
    for name in [*new, *(name for name in old if name not in new)]:
        was, now = old.get(name), new.get(name)
        if (was or {}).get("usd") != (now or {}).get("usd") or (was is None) != (now is None):
            rows.append({"what": name, "before": (was or {}).get("usd"), "after": (now or {}).get("usd"),
                         "isNew": was is None, "isGone": now is None})  # fmt: skip
    return {
        "stack": after["stack"],
        "before": before["month"]["usd"],
        "after": after["month"]["usd"],
        "eventsBefore": before["events"]["usd"],
        "eventsAfter": after["events"]["usd"],
        "lines": rows,
    }


def difference_text(change: Mapping[str, Any], base: str) -> Iterator[str]:
    """The difference for a pull request."""
    # Rounded, so that what differs by rounding alone is no -0.00.
    delta = round(change["after"] - change["before"], 2) + 0.0
    events_delta = round(change["eventsAfter"] - change["eventsBefore"], 2) + 0.0
    yield (
        f"{change['stack']}: {delta:+,.2f} USD a month against {base} "
        f"({change['before']:,.2f} → {change['after']:,.2f}); events {events_delta:+,.2f} USD"
    )
    for row in change["lines"]:
        before = "-" if row["isNew"] else "not priced" if row["before"] is None else f"{row['before']:,.2f}"
        after = "-" if row["isGone"] else "not priced" if row["after"] is None else f"{row['after']:,.2f}"
        yield f"  {row['what']}: {before} → {after}"
    if not change["lines"]:
        yield "  no line differs"


def _by_name(bill: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    # Averages and sizes are in `what`; without them a changed line is one line, not a new and a gone one.
    return {
        f"{line['tier']}, {line['service']}: {line['what'].partition(',')[0]}": line for line in bill["month"]["lines"]
    }
