"""Waiting rooms in settings: what is accepted, and each bad input in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.admission_rules import gated_share
from tests.configuration import service
from tests.sale.events import CHAIN, sale, shop

MIX = {"ui": 40, "cart": 30, "checkout": 20, "orders": 10}


def room(**changes: object) -> dict[str, object]:
    return {"protectedPaths": ["/*"]} | changes


def event(**changes: object) -> dict[str, object]:
    return sale(admission=room(**changes))


def test_a_room_has_the_defaults_that_the_settings_page_tells() -> None:
    settings = shop(event()).sale_events[0].admission
    assert settings is not None
    assert (settings.order, settings.on_failure, settings.max_per_second) == ("lottery", "closed", None)


def test_without_a_room_nothing_is_said_of_one() -> None:
    plain = shop(sale())
    assert plain.edge.admission is None
    assert plain.sale_events[0].admission is None


def test_a_room_holds_back_the_requests_on_its_paths() -> None:
    def share(*paths: str) -> float:
        stack = shop(sale(mix=MIX, admission=room(protectedPaths=list(paths))), services=CHAIN)
        (announced,) = stack.sale_events
        assert announced.admission is not None
        return gated_share(announced.admission, announced, stack.services)

    assert share("/*") == 1
    assert share("/cart*", "/checkout*") == pytest.approx(0.5)
    assert share("/") == pytest.approx(0.4), "what ends in other services is on their own paths"


def test_a_template_with_its_placeholders_is_taken(tmp_path: Path) -> None:
    page = tmp_path / "room.html"
    page.write_text("<title>{{title}}</title>{{status}}{{script}}")
    assert shop(event(template=str(page)))


BAD: list[tuple[str, dict[str, object], str]] = [
    (
        "a path that nothing serves",
        event(protectedPaths=["/vip/*"]),
        "saleEvents[diwali].admission.protectedPaths: no behaviour or service has this path (got /vip/*); use /* or",
    ),
    (
        "paths that no request of the mix is on",
        event(protectedPaths=["/media/*"]),
        "no rate follows from paths that the mix of diwali sends nothing to (got /media/*)",
    ),
    (
        "a session longer than its token",
        event(sessionMinutes=61),
        "admission.sessionMinutes: a session must not be longer than its token may live, 60 minutes (got 61)",
    ),
    ("a path twice", event(protectedPaths=["/*", "/*"]), "each entry stands once (got /* twice)"),
    ("no path", event(protectedPaths=[]), "must have at least 1 entries (got a list of 0)"),
    ("no template", event(template="nowhere.html"), "the template must be an HTML file in UTF-8 (got nowhere.html)"),
    (
        "an open room with limited stock",
        sale(admission=room(onFailure="open"), hotProducts=[{"name": "console", "percent": 5, "units": 900}]),
        "admission.onFailure: a room that fails open sells a limited product to whoever is fastest (got open",
    ),
]


@pytest.mark.parametrize(("settings", "line"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_wrong_room_is_refused_in_one_line(settings: dict[str, object], line: str) -> None:
    with pytest.raises(ValueError, match="saleday:saleEvents") as caught:
        shop(settings)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_template_without_its_placeholders_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "room.html"
    page.write_text("<title>{{title}}</title>{{script}}")
    with pytest.raises(ValueError, match=r"the template must contain .* without \{\{status\}\}\); add what is missing"):
        shop(event(template=str(page)))


def test_a_room_without_an_event_has_no_rate() -> None:
    with pytest.raises(
        ValueError, match=r"edge.admission: the rate is derived .* \(got no saleEvents\); add the event"
    ):
        shop(services=[service("ui", publicPaths=["/"])], edge={"admission": room()})


def test_the_unannounced_room_fails_closed_where_an_event_has_limited_stock() -> None:
    limited = sale(hotProducts=[{"name": "console", "percent": 5, "units": 900}])
    with pytest.raises(ValueError, match=r"edge.admission.onFailure: .* in diwali"):
        shop(limited, edge={"admission": room(onFailure="open")})
