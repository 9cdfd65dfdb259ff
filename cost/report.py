"""A bill as values and as text, and the difference between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from aws_facts.prices import regions
from cost.bill import Context, Line, monthly, of_events, totals
from cost.commitments import options, spot_saves
from cost.use import AVERAGE, events


def as_json(context: Context) -> dict[str, Any]:
    """Everything that `make cost` knows of a stack."""
    lines = monthly(context)
    added = of_events(context, events(context.plan)) if context.plan.events else []
    choices = options(context, lines)
    spot = sum(one.saves for one in choices if one.name == "fargateSpot")
    return {
        "stack": context.shop.stack,
        "region": context.shop.region,
        "pricesOf": context.prices.table["date"],
        "regionIsPriced": context.shop.region in regions(),
        "averageOfBusyHour": AVERAGE,
        "month": {
            "usd": sum(line.usd or 0.0 for line in lines),
            "usdWithSpot": sum(line.usd or 0.0 for line in lines) - spot,
            "tiers": totals(lines, "tier"),
            "services": totals(lines, "service"),
            "lines": [asdict(line) for line in lines],
        },
        "events": {
            "names": [event.name for event in context.plan.events],
            "usd": sum(line.usd or 0.0 for line in added),
            "usdWithSpot": sum(line.usd or 0.0 for line in added) - spot_saves(context, added),
            "tiers": totals(added, "tier"),
            "lines": [asdict(line) for line in added],
        },
        "options": [asdict(one) for one in choices],
        "notPriced": [_name(line) for line in _unpriced([*lines, *added])],
    }


def text(bill: Mapping[str, Any]) -> Iterator[str]:
    """The bill for people."""
    month, event = bill["month"], bill["events"]
    if not bill["regionIsPriced"]:
        yield (
            f"aws:region: there are no prices for this region (got {bill['region']}, known: {', '.join(regions())}); "
            f"run make prices REGION={bill['region']}, or set them under saleday:prices"
        )
    yield (
        f"{bill['stack']} in {bill['region']}: {month['usd']:,.2f} USD a month without an event, "
        f"by prices of {bill['pricesOf']}, as far as they are known"
    )
    for tier, usd in month["tiers"].items():
        inside = [line for line in month["lines"] if line["tier"] == tier and line["usd"]]
        if inside:
            yield f"  {tier:<28} {usd:>12,.2f} USD"
        for line in sorted(inside, key=lambda line: -line["usd"]):
            amount = f"{line['quantity']:,.0f} {line['unit']}"
            yield f"    {line['service']}: {line['what']:<52} {amount:>24} {line['usd']:>12,.2f}"
    if event["names"]:
        yield (
            f"events ({', '.join(event['names'])}) add {event['usd']:,.2f} USD; {event['usdWithSpot']:,.2f} USD where "
            "Spot is as cheap as AWS says at best"
        )
        for line in sorted((one for one in event["lines"] if one["usd"]), key=lambda line: -line["usd"]):
            amount = f"{line['quantity']:,.0f} {line['unit']}"
            yield f"    {line['service']}: {line['what']:<52} {amount:>24} {line['usd']:>12,.2f}"
    if bill["options"]:
        yield "what would take something off, for what runs anyway (nothing is bought)"
    for one in bill["options"]:
        bound = (
            f"bound {one['months']} months, breaks even after {one['break_even_months']:.1f} of them, "
            f"or with {one['break_even_share']:.0%} of the hours used"
            if one["months"]
            else "no commitment, may be taken back"
        )
        upfront = f", {one['upfront']:,.0f} USD at once" if one["upfront"] else ""
        saved = f"saves {one['saves']:,.2f} of {one['covers']:,.2f} USD a month"
        yield f"    {one['title']:<44} {saved}; {bound}{upfront} ({one['grade']})"
    if bill["notPriced"]:
        yield "not priced, and not free; set what you pay under saleday:prices"
        for name in bill["notPriced"]:
            yield f"    {name}"


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What a change costs: both months, and every line that differs."""
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


def _unpriced(lines: Sequence[Line]) -> list[Line]:
    found: dict[str, Line] = {}
    for line in lines:
        if line.usd is None:
            name = _name(line)
            found.setdefault(name, line)
    return list(found.values())


def _name(line: Line) -> str:
    known = f" ({line.item})" if line.item else ""
    return f"{line.tier}, {line.service}: {line.what}{known}"


def _by_name(bill: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    # Averages and sizes are in `what`; without them a changed line is one line, not a new and a gone one.
    return {
        f"{line['tier']}, {line['service']}: {line['what'].partition(',')[0]}": line for line in bill["month"]["lines"]
    }
