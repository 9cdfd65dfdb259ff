"""Sale events in settings: what is accepted, and each bad input in one line."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

import settings
from specs import curve
from tests.configuration import service
from tests.sale.events import event, sale, shop

HEADER = "time,requests_per_second,orders_per_second"
ROWS = ["2025-10-20T00:00:00+05:30,10,1", "2025-10-20T00:01:00+05:30,30,2", "2025-10-20T00:02:00+05:30,20,1"]
ORDERED = [service("ui", publicPaths=["/"], calls=["cart"]), service("cart", uses={"queues": {"orders": "send"}})]
HOUR = {"start": "2027-10-22T00:00:00", "end": "2027-10-22T00:03:00"}


def csv(folder: Path, *lines: str) -> dict[str, object]:
    """An event of three minutes whose demand is this file."""
    path = folder / "2025.csv"
    path.write_text("\n".join(lines) + "\n")
    return sale(**HOUR, demand={"curve": {"file": str(path), "factor": 2}})


def test_local_times_and_offsets_mean_the_same_moment() -> None:
    offset = event(timeZone=None, start="2027-10-22T00:00:00+05:30", end="2027-10-24T00:00:00+05:30")
    assert offset.start == event().start
    assert offset.seconds == 48 * 3600


def test_an_event_over_a_change_of_clocks_is_as_long_as_it_really_is() -> None:
    berlin = event(timeZone="Europe/Berlin", start="2027-10-30T12:00:00", end="2027-10-31T12:00:00")
    assert berlin.seconds == 25 * 3600, "the night in which clocks go back has an hour more"


def test_a_curve_is_read_with_its_factor(tmp_path: Path) -> None:
    demand = shop(csv(tmp_path, HEADER, *ROWS)).sale_events[0].demand
    assert (demand.highest_requests, demand.highest_orders) == (60, 4)


BAD: list[tuple[str, dict[str, object], str]] = [
    (
        "an end before the start",
        sale(end="2027-10-21T00:00:00"),
        "saleday:saleEvents[diwali]: end must be after start (got 2027-10-22T00:00:00+05:30 to 2027-10-21",
    ),
    ("an end at the start", sale(end="2027-10-22T00:00:00"), "end must be after start"),
    ("an event of a month", sale(end="2027-11-22T00:00:00"), "an event lasts at most 14 days"),
    (
        "no time zone",
        sale(timeZone=None),
        "saleday:saleEvents[diwali].start: a time needs a time zone (got 2027-10-22T00:00:00); add an offset",
    ),
    ("a time zone that is none", sale(timeZone="Mars/Olympus"), "timeZone must be an IANA name (got Mars/Olympus)"),
    (
        "an event of the first year",
        sale(start="0001-01-01T00:00:00", end="0001-01-02T00:00:00"),
        "a time lies in the years 2025 to 2199 (got 0001-01-01T00:00:00)",
    ),
    ("an event at the end of time", sale(end="9999-12-31T23:00:00"), "a time lies in the years 2025 to 2199"),
    ("a time that is none", sale(start="next year"), "(got next year)"),
    ("a number for a time", sale(start=5), "(got 5)"),
    (
        "a time that clocks skip",
        sale(timeZone="Europe/Berlin", start="2028-03-26T02:30:00", end="2028-03-27T00:00:00"),
        "Europe/Berlin skips this time",
    ),
    (
        "zero demand",
        sale(demand={"peakRequestsPerSecond": 0, "peakOrdersPerSecond": 1}),
        "saleday:saleEvents[diwali].demand.peakRequestsPerSecond: must be at least 0.0001 (got 0)",
    ),
    (
        "negative demand",
        sale(demand={"peakRequestsPerSecond": 10, "peakOrdersPerSecond": -1}),
        "saleday:saleEvents[diwali].demand.peakOrdersPerSecond: must be at least 0 (got -1)",
    ),
    (
        "demand that is no number",
        sale(demand={"peakRequestsPerSecond": float("nan"), "peakOrdersPerSecond": 1}),
        "must be a finite number (got nan)",
    ),
    ("no demand", sale(demand={}), "or a curve (got no peakRequestsPerSecond)"),
    (
        "more orders than requests",
        sale(demand={"peakRequestsPerSecond": 1, "peakOrdersPerSecond": 2}),
        "an order takes at least one request (got 2 orders/s, 1 requests/s)",
    ),
    (
        "a mix that doesn't add up",
        sale(mix={"ui": 60, "cart": 30}),
        "saleday:saleEvents[diwali]: mix must add up to 100 percent (got 90)",
    ),
    ("an empty mix", sale(mix={}), "saleday:saleEvents[diwali].mix: must have at least 1 entries"),
    (
        "an unknown service",
        sale(mix={"ui": 60, "search": 40}),
        "saleday:saleEvents[diwali].mix: no service has this name (got search, known: cart, ui)",
    ),
    (
        "an unknown table",
        sale(hotProducts=[{"name": "phone", "percent": 10, "table": "stock"}]),
        "saleday:saleEvents[diwali].hotProducts: no table has this name (got stock",
    ),
    (
        "hot products beyond everything",
        sale(hotProducts=[{"name": "phone", "percent": 60}, {"name": "shoe", "percent": 50}]),
        "(got 110)",
    ),
    (
        "a headroom below 1",
        sale(headroom=0.9),
        "saleday:saleEvents[diwali].headroom: must be at least 1 (got 0.9); raise it",
    ),
    (
        "a page that is never cached",
        sale(cachedPaths=["/cart*"]),
        "saleEvents[diwali].cachedPaths: what edge.cache.never lists is not cached (got /cart*",
    ),
    (
        "more pages than CloudFront takes",
        sale(cachedPaths=[f"/sale/{number}" for number in range(80)]),
        "CloudFront takes 74 path patterns beside the default (got 85)",
    ),
    (
        "more orders than the mix leaves requests",
        sale(demand={"peakRequestsPerSecond": 2000, "peakOrdersPerSecond": 400}, mix={"ui": 99, "cart": 1}),
        "saleEvents[diwali].mix: each order takes a request to cart, which mix and cdnHitPercent leave 20/s (got 400 ",
    ),
    ("no such field", sale(headrom=2), "did you mean headroom?"),
    (
        "a file that is not there",
        sale(demand={"curve": {"file": "sales/1999.csv"}}),
        "saleday:saleEvents[diwali].demand.curve.file: the curve must be a file of the project (got sales/1999.csv)",
    ),
]


@pytest.mark.parametrize(("bad", "says"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
def test_a_bad_event_is_told_in_one_line(bad: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        shop(bad, services=ORDERED, data={"queues": [{"name": "orders"}]})
    _is_one_line(str(caught.value))


def test_a_worker_that_no_request_leads_to_announces_no_orders() -> None:
    worker = service("reviews", uses={"queues": {"review-requests": "sendReceive"}})
    queues = [{"name": "orders"}, {"name": "review-requests"}]
    shop(sale(), services=[*ORDERED, worker], data={"queues": queues})
    with pytest.raises(ValueError, match="each order takes a request to reviews"):
        shop(sale(), services=[*ORDERED, worker | {"publicPaths": ["/reviews"]}], data={"queues": queues})


BAD_CURVES: list[tuple[str, list[str], str]] = [
    ("a gap of time", [HEADER, ROWS[0], ROWS[1], "2025-10-20T00:03:00+05:30,20,1"], "a gap of 120 s before"),
    ("a gap of a value", [HEADER, ROWS[0], "2025-10-20T00:01:00+05:30,,2"], "requests_per_second has a gap"),
    ("a gap of a cell", [HEADER, ROWS[0], "2025-10-20T00:01:00+05:30,10"], "a row has 3 cells (got 2"),
    ("wrong units", [HEADER.replace("requests_per_second", "requests_per_minute"), *ROWS], "(got requests_per_minute"),
    ("no header", ROWS, "the columns and units are time,requests_per_second,orders_per_second"),
    ("NaN", [HEADER, ROWS[0], "2025-10-20T00:01:00+05:30,NaN,2"], "is a finite number (got NaN"),
    ("infinity", [HEADER, ROWS[0], "2025-10-20T00:01:00+05:30,30,inf"], "is a finite number (got inf"),
    ("unsorted time", [HEADER, ROWS[1], ROWS[0], ROWS[2]], "rows are sorted by time"),
    ("a time twice", [HEADER, ROWS[0], ROWS[0], ROWS[1]], "rows are sorted by time"),
    ("no time zone", [HEADER, ROWS[0].replace("+05:30", ""), *ROWS[1:]], "time has a time zone"),
    ("a time that is none", [HEADER, "yesterday,1,1", *ROWS], "(got yesterday"),
    ("negative demand", [HEADER, ROWS[0], "2025-10-20T00:01:00+05:30,-3,2"], "is at least 0 (got -3"),
    ("text for a number", [HEADER, ROWS[0], "2025-10-20T00:01:00+05:30,many,2"], "(got many"),
    ("no demand at all", [HEADER, *(re.sub(r",\d+,\d$", ",0,0", row) for row in ROWS)], "a curve has some demand"),
    ("one row", [HEADER, ROWS[0]], "at least two rows (got 1"),
    ("nothing", [], "(got nothing"),
    ("too short", [HEADER, *ROWS[:2]], "demand.curve must cover the whole event, 0.05 h"),
]


@pytest.mark.parametrize(("lines", "says"), [bad[1:] for bad in BAD_CURVES], ids=[bad[0] for bad in BAD_CURVES])
def test_a_bad_curve_is_told_in_one_line(tmp_path: Path, lines: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        shop(csv(tmp_path, *lines))
    _is_one_line(str(caught.value))


def test_a_curve_that_is_no_text_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "2025.csv").write_bytes(b"\xff\xfe\x00t")
    with pytest.raises(ValueError, match="must be a CSV file in UTF-8") as caught:
        shop(sale(demand={"curve": {"file": str(tmp_path / "2025.csv")}}))
    _is_one_line(str(caught.value))


def test_an_event_may_have_no_orders_at_all() -> None:
    (one,) = shop(sale(demand={"peakRequestsPerSecond": 10, "peakOrdersPerSecond": 0})).sale_events
    assert one.demand.highest_orders == 0


def test_lines_of_spaces_and_tenths_of_a_second_are_part_of_a_curve(tmp_path: Path) -> None:
    steps = [f"2025-10-20T00:00:{tenth // 10:02d}.{tenth % 10}00+05:30,{10 + tenth},1" for tenth in range(60)]
    points = curve.parse([line.split(",") for line in (HEADER, *steps)], "2025.csv")
    assert points.step == pytest.approx(0.1)
    (tmp_path / "2025.csv").write_text("\n".join([HEADER, *ROWS, "   ", " , , ", ""]))
    assert len(curve.read(str(tmp_path / "2025.csv")).requests) == len(ROWS)


def test_two_events_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match=r"saleday:saleEvents: name must be unique \(got diwali 2 times\)"):
        shop(sale(), sale())


@pytest.mark.parametrize("later", [timedelta(hours=3), timedelta(days=6), timedelta(days=400)])
def test_an_event_that_is_over_is_no_reason_to_refuse_a_deployment(later: timedelta) -> None:
    over = shop(sale())
    [line] = [line for line in settings.warnings(over, over.sale_events[0].over + later) if "saleEvents" in line]
    assert line.startswith("saleEvents[diwali]: an event that is over is not prepared for (got end 2027-10-24T00:00:00")
    assert line.endswith("; remove it, or give it its next date")
    assert not any("saleEvents" in line for line in settings.warnings(over, over.sale_events[0].end))


def _is_one_line(message: str) -> None:
    assert all(line.startswith("saleday:") for line in message.splitlines()), "one for each fault"
    assert message.startswith("saleday:saleEvents"), "the line starts with the setting"
    assert "(got " in message, "the value received is told"
