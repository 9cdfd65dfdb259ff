"""Pictures show what a stack has, in boxes that hold their texts, for light and for dark pages."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from PIL import ImageFont

from devtools.docsgen.architecture.graph import Graph
from devtools.docsgen.architecture.page import PAGE
from devtools.docsgen.diagram import tools as installing
from devtools.docsgen.diagram.drawing import SVG, drawing
from devtools.docsgen.diagram.kinds import BESIDE, EDGE, STORES
from devtools.docsgen.diagram.palette import THEMES, Theme
from devtools.docsgen.diagram.scene import Arrow, Scene
from devtools.docsgen.diagram.stack import scene_of
from devtools.docsgen.diagram.tools import DiagramError, Tools, tools
from devtools.recording import programs
from devtools.recording.programs import run, stack_values
from saleday.__main__ import main

STACKS = ("prod", "eks")


@pytest.fixture(scope="module")
def kit() -> Tools:
    return tools()


def scene(stack: str) -> Scene:
    return scene_of(Graph.of(programs.recorded(stack).resources))


def larger() -> tuple[dict[str, Any], Scene]:
    """dev with another zone, a sixth service with a name as long as they may be, and three stores of its own."""
    values = stack_values("dev")
    values["saleday:network"] |= {"zones": ["a", "b", "c"]}
    data = values["saleday:data"]
    data["databases"].append({**data["databases"][1], "name": "reviews", "databaseName": "reviewsdb"})
    data["tables"].append({"name": "ratings", "hashKey": {"name": "id"}})
    data["queues"].append({"name": "moderation"})
    ui, *others = values["saleday:services"]
    ui["calls"].append("recommendations")
    uses = {
        "databases": ["reviews"],
        "tables": {"ratings": "readWrite"},
        "queues": {"moderation": "sendReceive"},
        "buckets": {"media": "readWrite"},
    }
    sixth = {**others[0], "name": "recommendations", "environment": {}, "secrets": {}, "uses": uses}
    values["saleday:services"] = [ui, *others, sixth]
    return values, scene_of(Graph.of(run("dev", values).resources))


def asked_for(values: dict[str, Any]) -> set[tuple[str, str]]:
    """Who calls or uses what by the stack's settings, as keys of cards."""
    kinds = {"databases": "rds.Cluster", "caches": "elasticache.ReplicationGroup"} | {
        "tables": "dynamodb.Table",
        "queues": "sqs.Queue",
        "buckets": "s3.Bucket",
    }
    pairs = set()
    for service in values["saleday:services"]:
        source = f"service {service['name']}"
        pairs |= {(source, f"service {called}") for called in service.get("calls", ())}
        for kind, names in service.get("uses", {}).items():
            pairs |= {(source, f"{kinds[kind]} {name}") for name in names}
    return pairs


def drawn(scene: Scene) -> set[tuple[str, str]]:
    return {(arrow.source, arrow.target) for arrow in scene.arrows if arrow.source.startswith("service ")}


@pytest.mark.parametrize("stack", STACKS)
def test_services_call_and_use_what_the_settings_say(stack: str) -> None:
    assert drawn(scene(stack)) == asked_for(stack_values(stack))


def test_a_larger_stack_is_drawn_without_further_ado(kit: Tools) -> None:
    values, larger_scene = larger()
    assert drawn(larger_scene) == asked_for(values)
    assert [card.name for card in larger_scene.zones if card.name.startswith("ap-")] == [
        f"ap-south-1{letter}" for letter in "abc"
    ]
    texts = {text for text, *_ in _texts(ElementTree.fromstring(drawing(larger_scene, "light", kit)))}
    assert {"recommendations", "reviews", "ratings", "moderation"} <= texts


@pytest.mark.parametrize("stack", STACKS)
def test_every_card_and_title_is_written_and_every_arrow_drawn(stack: str, kit: Tools) -> None:
    shown = scene(stack)
    root = ElementTree.fromstring(drawing(shown, "light", kit))
    texts = [text for text, *_ in _texts(root)]
    for card in shown.cards():
        assert texts.count(card.name) >= sum(other.name == card.name for other in shown.cards())
        assert set(card.details) <= set(texts)
    assert {shown.network, shown.compute, *shown.beside} <= set(texts)
    assert len([path for path in root.iter(f"{SVG}path") if "connection" in path.get("class", "")]) == len(shown.arrows)
    uses = [use.attrib["href"] for use in root.iter(f"{SVG}use")]
    assert len(uses) == len(shown.cards())
    assert {use.removeprefix("#") for use in uses} == {image.attrib["id"] for image in root.iter(f"{SVG}image")}


def test_customers_reach_services_through_cdn_and_load_balancer_and_orders_become_events() -> None:
    ways = {(arrow.source, arrow.target): arrow for arrow in scene("prod").arrows}
    assert ways[("cdn", "load balancer")] == Arrow("cdn", "load balancer", "request", "VPC origin")
    assert ("load balancer", "service ui") in ways
    assert ways[("sqs.Queue order-events", "function order-events")].flow == "event"
    assert ("function order-events", "cloudwatch.EventBus order-events") in ways
    assert ("function order-events", "dynamodb.Table order-marks") in ways


def test_zones_tell_which_of_them_has_a_nat_gateway() -> None:
    assert [card.details[1:] for card in scene("prod").zones[:3]] == [("NAT gateway",)] * 3
    assert [card.details[1:] for card in scene("eks").zones[:2]] == [("NAT gateway",), ()]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("stack", STACKS)
def test_no_text_is_wider_than_its_box(stack: str, theme: Theme, kit: Tools) -> None:
    root = ElementTree.fromstring(drawing(scene(stack), theme, kit))
    fonts = _fonts(root)
    boxes = [[float(each.attrib[name]) for name in ("x", "y", "width", "height")] for each in root.iter(f"{SVG}rect")]
    measured = list(_texts(root))
    for text, x, y, font, size, centred in measured:
        length = ImageFont.truetype(io.BytesIO(fonts[font]), size).getlength(text)
        start = x - length / 2 if centred else x
        around = [box for box in boxes if box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]]
        left, _, width, _ = min(around, key=lambda box: box[2] * box[3])
        assert left < start
        assert start + length < left + width, f"{text!r} runs out of its box by {start + length - left - width:.0f}"
    assert len(measured) > 2 * len(scene(stack).cards())


def test_themes_differ_in_colours_alone_and_pictures_need_nothing_else(kit: Tools) -> None:
    light, dark = (drawing(scene("prod"), theme, kit) for theme in THEMES)
    assert light != dark
    shapes = [
        [(each.tag, each.get("x"), each.get("y"), each.text) for each in ElementTree.fromstring(svg).iter()
         if each.tag in (f"{SVG}rect", f"{SVG}tspan", f"{SVG}use")]
        for svg in (light, dark)
    ]  # fmt: skip
    assert shapes[0] == shapes[1]
    links = re.findall(r'(?:href|src)="([^"]*)"|url\("?([^")]*)', light + dark)
    assert all((link or url).startswith(("#", "data:")) for link, url in links)


def test_a_stack_is_drawn_the_same_each_time(kit: Tools) -> None:
    assert drawing(scene("prod"), "dark", kit) == drawing(scene("prod"), "dark", kit)


def test_every_icon_is_one_of_awss(kit: Tools) -> None:
    parts = [*EDGE, *(part for layer in BESIDE.values() for part in layer), *STORES.values()]
    assert not [part.icon for part in parts if not (kit.icons / f"{part.icon}.png").is_file()]


def test_the_page_shows_pictures_that_are_there() -> None:
    shown = re.findall(r'(?:src|srcset)="([^"]+)"|\]\((architecture/[^)]+)\)', PAGE.read_text())
    assert len(shown) >= 2
    assert not [path or link for path, link in shown if not (PAGE.parent / (path or link)).is_file()]


def test_a_stack_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagram", "--stack", "shop"]) == 1
    assert capsys.readouterr().err.startswith("STACK: there is no Pulumi.shop.yaml (got shop); use one of ")


def test_what_d2_refuses_is_told_in_its_own_words(kit: Tools) -> None:
    with pytest.raises(DiagramError, match="maps must be terminated"):
        kit.draw("a: {")


def test_tools_that_cannot_be_installed_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"{tmp_path}/d2.whl --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(installing, "REQUIREMENTS", requirements)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DiagramError, match=r"pip can.t install D2 and AWS.s icons: .*d2\.whl"):
        tools()
    assert not list(tmp_path.glob("saleday/diagram-*/bin"))


def _fonts(root: Element) -> dict[str, bytes]:
    """The fonts that the picture brings, by their class."""
    style = "".join(each.text or "" for each in root.iter(f"{SVG}style"))
    found = re.findall(r'font-(regular|bold);\s*src: url\("data:application/font-woff;base64,([^"]+)"', style)
    names = {"regular": "text", "bold": "text-bold"}
    return {names[name]: base64.b64decode(data) for name, data in found}


def _texts(root: Element) -> Iterator[tuple[str, float, float, str, int, bool]]:
    """Lines of text with their place, their font and its size, and whether they are centred there."""
    for text in root.iter(f"{SVG}text"):
        style = text.attrib["style"]
        [size] = re.findall(r"font-size:(\d+)px", style)
        for line in [text, *text]:
            if line.text:
                font = (line.get("class") or text.attrib["class"]).split()[0]
                place = float(line.attrib["x"]), float(text.attrib["y"])
                yield line.text, *place, font, int(size), "middle" in style
