"""The page: one HTML file without anything outside it, for wide and narrow screens, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from html import escape
from typing import Any, Final

from sale.report.chart import Axis, Line, chart, number

_STYLE: Final = """
:root{color-scheme:light dark;--back:#fff;--card:#f6f7f9;--text:#1a1d21;--soft:#5c6570;--line:#d9dde3;--good:#1a7f4b;
--bad:#c0292f;--c0:#2463c4;--c1:#d9772b;--c2:#1f8a5b;--c3:#b03a8c;--c4:#7a5cc4;--c5:#0f8a9d;--c6:#8a6d1f}
@media (prefers-color-scheme:dark){:root{--back:#14171b;--card:#1c2026;--text:#e6e9ed;--soft:#9aa4b0;--line:#343b45;
--good:#4cc38a;--bad:#ff7b7f;--c0:#6ea8fe;--c1:#f4a35f;--c2:#5fd0a0;--c3:#e58ac8;--c4:#b6a0f2;--c5:#5fc9d9;--c6:#d3b45c}}
*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:24px 16px 64px}h1{font-size:1.7rem;line-height:1.2;margin:0 0 4px}
h2{font-size:1.2rem;margin:44px 0 8px}p{margin:6px 0;max-width:75ch}small,.soft{color:var(--soft)}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin:18px 0}
.facts div{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 12px}
.facts b{display:block;font-size:1.25rem;line-height:1.25;overflow-wrap:anywhere}
.facts small{display:block;line-height:1.3}
.good{color:var(--good)}.bad{color:var(--bad)}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:8px}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{padding:7px 10px;text-align:left;vertical-align:top;
border-bottom:1px solid var(--line)}tr:last-child td{border-bottom:0}
th{background:var(--card);font-weight:600;white-space:nowrap}
td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}td.nowrap{white-space:nowrap}
td.text{min-width:20ch}td.short{min-width:13ch}.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:14px}
figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 12px;min-width:0}
figcaption{line-height:1.3}.legend{margin:2px 0;font-size:.8rem;line-height:1.6;max-width:none}
.key{margin-right:12px;white-space:nowrap}.key i{display:inline-block;width:16px;border-top:3px solid;margin-right:5px;
vertical-align:middle}.key i.dashed{border-top-style:dashed}svg{display:block;width:100%;height:auto}
svg text{fill:var(--soft);font-size:12px;font-family:inherit}text.y{text-anchor:end}text.x{text-anchor:middle}
.grid{stroke:var(--line);stroke-width:1}.tick,.mark{stroke:var(--soft)}.mark{stroke-dasharray:3 3}
.curve{fill:none;stroke-width:1.8;stroke-linejoin:round;stroke:currentColor}.area{stroke:none;fill:currentColor;opacity:.16}
.dashed.curve{stroke-dasharray:5 4}.c0{color:var(--c0)}.c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}
.c4{color:var(--c4)}.c5{color:var(--c5)}.c6{color:var(--c6)}
@media (max-width:520px){svg text{font-size:17px}.key{margin-right:9px}main{padding:16px 12px 48px}h1{font-size:1.4rem}}
@media print{figure,.wide{break-inside:avoid}}
"""

MAX_CURVES: Final = 12
"""Curves that one chart may hold and still be read."""

MANY_TIMES: Final = 10.0
"""Margin from where percent say less than times."""

Cell = tuple[str, str]
"""A cell's class and its HTML."""


def page(report: Mapping[str, Any]) -> str:
    """The whole page."""
    event = report["event"]
    zone = datetime.fromisoformat(event["start"]).tzinfo
    title = f"{event['name']} on {report['stack']}"
    body = "\n".join(_sections(report, zone))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{_STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    )


def _sections(report: Mapping[str, Any], zone: tzinfo | None) -> Iterator[str]:
    yield from _head(report)
    yield "<h2>Scenarios side by side</h2>"
    yield _scenarios(report)
    yield _missing(report["scenarios"][0]["notPriced"])
    yield "<h2>The opening</h2>"
    yield "<p class='soft'>The dashed upright line is the opening. Lower is better in the first three.</p>"
    yield _figures(_opening(report, zone))
    for tier, title in (("edge", "The way in"), ("services", "Services"), ("data", "Stores")):
        yield f"<h2>{title}: demand against capacity</h2>"
        yield _figures(_tier(report, tier, zone))
    yield "<h2>Tasks and answer times with the plan</h2>"
    yield _figures(_tasks_and_latencies(report, zone))
    yield "<h2>Margins</h2>"
    yield "<p>What each link has to spare beyond forecast x headroom; the weakest first.</p>"
    yield _margins(report)
    yield "<h2>Saturation of each link, by scenario</h2>"
    yield "<p>Arrivals of the worst second as a share of what the link could work off in it.</p>"
    yield _saturation(report)
    yield "<h2>Timeline</h2>"
    yield _timeline(report)
    yield "<h2>Cost</h2>"
    yield from _cost(report)


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    event, plan = report["event"], report["scenarios"][0]
    weakest = report["links"][0] if report["links"] else None
    yield f"<h1>Sale day {escape(event['name'])}, stack {escape(report['stack'])}</h1>"
    yield (
        f"<p class='soft'>{_time(event['start'])} to {_time(event['end'])} ({escape(event['timeZone'])}), "
        f"{escape(report['region'])}; as of {_time(report['made'])}</p>"
    )
    verdict = "<b class='bad'>broken</b>" if plan["broken"] else "<b class='good'>kept</b>"
    facts = [
        (verdict, f"SLO with the plan{': ' + escape(plan['broken']) if plan['broken'] else ''}"),
        (f"<b>{number(event['peakRequestsPerSecond'])}/s</b>", "requests at the peak"),
        (f"<b>{number(event['peakOrdersPerSecond'])}/s</b>", "orders at the peak"),
        (f"<b>{plan['p99Ms']:,.0f} ms</b>", f"p99 with the plan; {plan['p50Ms']:,.0f} ms p50"),
        (f"<b>x {event['headroom']:g}</b>", f"headroom, {event['leadMinutes']} min ahead"),
    ]
    if weakest is not None and weakest["margin"] is not None:
        colour = "bad" if weakest["margin"] < 0 else "good"
        facts.append((f"<b class='{colour}'>{weakest['margin']:+.0%}</b>", f"weakest link: {escape(weakest['name'])}"))
    yield f"<div class='facts'>{''.join(f'<div>{value}<small>{text}</small></div>' for value, text in facts)}</div>"


def _scenarios(report: Mapping[str, Any]) -> str:
    rows = []
    for one in report["scenarios"]:
        nearest = one["links"][0]
        load = "no capacity" if nearest["highestLoad"] is None else f"{nearest['highestLoad']:.0%}"
        slo = f"<span class='bad'>{escape(one['broken'])}</span>" if one["broken"] else "<span class='good'>kept</span>"
        rows.append(
            [
                ("text", f"<b>{escape(one['name'])}</b><br><small>{escape(one['title'])}</small>"),
                ("short", slo),
                ("n", f"{one['answered']:.3%}"),
                ("n", f"{one['errors']:,}"),
                ("n", f"{one['p50Ms']:,.0f} ms"),
                ("n", f"{one['p99Ms']:,.0f} ms"),
                ("n", f"{one['ordersLost']:,}"),
                ("n", f"{one['retries']:,}"),
                ("n", f"{one['usd']:,.0f} USD"),
                ("short", f"{escape(nearest['name'])} {load}"),
            ]
        )
    head = (
        "scenario",
        "SLO",
        "answered",
        "requests lost",
        "p50",
        "p99",
        "orders lost",
        "retries",
        "cost",
        "nearest limit",
    )
    return _table(head, rows)


def _missing(names: Sequence[str]) -> str:
    if not names:
        return ""
    listed = escape(", ".join(names))
    return f"<p class='soft'>Not priced, and not free: {listed}. Set their prices under saleday:prices.</p>"


def _opening(report: Mapping[str, Any], zone: tzinfo | None) -> Iterator[str]:
    opening = report["opening"]
    axis = Axis(start=opening["start"], seconds=opening["seconds"], zone=zone, marked=opening["at"])
    each = opening["scenarios"]
    coloured = [(number_, name, one) for number_, (name, one) in enumerate(each.items())]

    def lines(key: str) -> list[Line]:
        return [Line(label=name, values=one[key], colour=colour % 7) for colour, name, one in coloured]

    yield chart("Requests lost", "a second", lines("lost"), axis)
    yield chart("Orders lost", "a second", lines("ordersLost"), axis)
    yield chart("Answer time, p99", "ms, logarithmic", lines("p99Ms"), axis, logarithmic=True)
    yield chart("Tasks that take requests", "all services", lines("tasks"), axis)
    plan = each["plan"]
    answered = [
        Line(label=f"answered, {name}", values=one["answered"], colour=colour % 7)
        for colour, name, one in coloured
        if name in ("plan", "no-plan")
    ]
    asked = Line(label="asked", values=plan["asked"], colour=6, dashed=True, filled=True)
    yield chart("Requests asked and answered", "a second", [asked, *answered], axis)


def _tier(report: Mapping[str, Any], tier: str, zone: tzinfo | None) -> Iterator[str]:
    whole, event = report["whole"], report["event"]
    opening = datetime.fromisoformat(event["start"]).timestamp() - whole["start"]
    axis = Axis(start=whole["start"], seconds=whole["seconds"], zone=zone, marked=opening)
    for one in report["tiers"][tier]:
        load = "no capacity" if one["highestLoad"] is None else f"{one['highestLoad']:.1%}"
        lines = [
            Line(label="capacity", values=one["offered"], colour=2, dashed=True),
            Line(label=f"demand, at most {load} of it", values=one["asked"], colour=0, filled=True),
        ]
        yield chart(one["name"], "a second", lines, axis, logarithmic=_far_apart(one))


def _far_apart(one: Mapping[str, Any]) -> bool:
    """Whether the demand would be a line at the bottom of its capacity."""
    return max(one["offered"], default=0) > 25 * max(max(one["asked"], default=0), 1e-9)


def _tasks_and_latencies(report: Mapping[str, Any], zone: tzinfo | None) -> Iterator[str]:
    whole, services = report["whole"], report["tiers"]["services"][:MAX_CURVES]
    axis = Axis(start=whole["start"], seconds=whole["seconds"], zone=zone)
    for title, unit, key in (("Tasks that take requests", "", "units"), ("p99, calls included", "ms", "p99Ms")):
        lines = [Line(label=one["name"], values=one[key], colour=index % 7) for index, one in enumerate(services)]
        yield chart(title, unit, lines, axis)


def _margins(report: Mapping[str, Any]) -> str:
    rows = []
    for link in report["links"]:
        margin = link["margin"]
        shown = "no limit" if margin is None else _spare(margin)
        colour = "" if margin is None else "bad" if margin < 0 else "good"
        rows.append(
            [
                ("text", escape(link["name"])),
                ("n", f"<span class='{colour}'>{shown}</span>"),
                ("n", number(link["required"])),
                ("n", "-" if link["provided"] is None else number(link["provided"])),
                ("nowrap", escape(link["unit"])),
                ("text", escape(link["setting"])),
            ]
        )
    return _table(("link", "margin", "needed", "provided", "unit", "what mends it"), rows)


def _spare(margin: float) -> str:
    """A margin in percent; what is provided many times over, as times."""
    return f"{margin:+.0%}" if margin < MANY_TIMES else f"x {margin + 1:,.0f}"


def _saturation(report: Mapping[str, Any]) -> str:
    scenarios = report["scenarios"]
    rows = []
    for link in scenarios[0]["links"]:
        row: list[Cell] = [("text", escape(link["name"]))]
        for scenario in scenarios:
            found = next(one for one in scenario["links"] if one["name"] == link["name"])
            load = found["highestLoad"]
            full = load is None or load > 1
            text = "none" if load is None else f"{load:.0%}"
            if found["saturatedSeconds"]:
                text += f"<br><small>{found['saturatedSeconds']:,} s full</small>"
            row.append(("n", f"<span class='{'bad' if full else ''}'>{text}</span>"))
        rows.append(row)
    return _table(("link", *(scenario["name"] for scenario in scenarios)), rows, numbers=1)


def _timeline(report: Mapping[str, Any]) -> str:
    rows = [
        [
            ("nowrap", _time(step["at"])),
            ("text", f"{escape(step['resource'])}: {escape(step['what'])}"),
            ("nowrap", f"{escape(step['from'])} → {escape(step['to'])}"),
            (
                "text",
                escape(step["why"]) + (f"<br><span class='bad'>{escape(step['late'])}</span>" if step["late"] else ""),
            ),
            ("text", escape(step["quota"]) or "-"),
            ("nowrap", escape(step["cost"]) or "-"),
            ("text", escape(step["by"])),
        ]
        for step in report["timeline"]
    ]
    return _table(("when", "what", "from → to", "why", "quota", "cost", "by"), rows)


def _cost(report: Mapping[str, Any]) -> Iterator[str]:
    cost = report["cost"]
    window = cost["window"]
    hours = report["whole"]["seconds"] / 3600
    yield (
        f"<p>The {hours:.0f} hours shown here cost <b>{window['usd']:,.2f} USD</b> on demand, by prices of "
        f"{escape(cost['pricesOf'])}, as far as they are known.</p>"
    )
    rows = [
        [("text", escape(name)), ("n", f"{usd:,.2f} USD")]
        for name, usd in sorted(window["by"].items(), key=lambda item: -item[1])
        if usd >= 0.005
    ]
    rows += [[("text", escape(name)), ("n", "<span class='soft'>not priced</span>")] for name in window["notPriced"]]
    yield _table(("what", "in this time"), rows, numbers=1)
    if cost["addedByPlan"]:
        yield "<p>What the plan adds to the tasks that stand anyway, over the whole event:</p>"
        rows = [
            [
                ("text", escape(one["name"])),
                ("n", f"{one['taskHours']:,.0f}"),
                ("n", "not priced" if one["usd"] is None else f"{one['usd']:,.2f} USD"),
            ]
            for one in cost["addedByPlan"]
        ]
        yield _table(("service", "task hours", "cost"), rows, numbers=1)


def _figures(charts: Iterable[str]) -> str:
    return f"<div class='charts'>{''.join(charts)}</div>"


def _table(head: Sequence[str], rows: Sequence[Sequence[Cell]], numbers: int | None = None) -> str:
    """`numbers`: the first column whose heading stands to the right; by default those of numeric cells."""
    kinds = [kind for kind, _ in rows[0]] if rows else [""] * len(head)
    if numbers is not None:
        kinds = ["n" if column >= numbers else "" for column in range(len(head))]
    heading = "".join(
        f"<th class='{'n' if kind == 'n' else ''}'>{escape(text)}</th>" for text, kind in zip(head, kinds, strict=True)
    )
    lines = "".join(f"<tr>{''.join(f'<td class={kind!r}>{html}</td>' for kind, html in row)}</tr>" for row in rows)
    return f"<div class='wide'><table><thead><tr>{heading}</tr></thead><tbody>{lines}</tbody></table></div>"


def _time(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M")
