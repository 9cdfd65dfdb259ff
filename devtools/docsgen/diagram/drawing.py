"""The finished picture: D2's drawing with AWS's icons in its cards."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from PIL import Image, ImageStat

from devtools.docsgen.diagram.d2 import ICON, MARGIN, OPTIONS, identifiers, text_of
from devtools.docsgen.diagram.palette import Theme, colours
from devtools.docsgen.diagram.scene import Card, Scene
from devtools.docsgen.diagram.tools import Tools

SVG: Final = "{http://www.w3.org/2000/svg}"
_PIXELS: Final = 2 * ICON  # so that icons are sharp on dense screens
_DARK: Final = 60  # of 255: an icon darker than that is drawn in black, not one of AWS's coloured squares
_FONT: Final = re.compile(r'(font-family: "d2-[^"]+")')
ElementTree.register_namespace("", "http://www.w3.org/2000/svg")
ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")


def drawing(scene: Scene, theme: Theme, tools: Tools) -> str:
    """The picture as SVG, self-contained. Raises DiagramError."""
    colour, paths = colours(theme), identifiers(scene)
    root = ElementTree.fromstring(tools.draw(text_of(scene, theme), *OPTIONS))
    root.set("width", root.attrib["viewBox"].split()[2])
    title = Element(f"{SVG}title")
    title.text = f"Architecture: {scene.network}"
    root.insert(0, title)
    definitions = SubElement(root, f"{SVG}defs")
    for name in sorted({card.icon for card in scene.cards()}):
        icon = _encoded(tools.icons / f"{name}.png", colour["ink"])
        SubElement(definitions, f"{SVG}image", id=_id(name), width=str(ICON), height=str(ICON), href=icon)
    groups = dict(_groups(root))
    for card in scene.cards():
        _fill(groups.pop(paths[card.key]), card, colour["soft"])
    [page] = root.iterfind(f"{SVG}svg")
    for group in groups.values():
        _bring_forward(group, page, colour["layer"])
    for style in root.iter(f"{SVG}style"):
        # For viewers that ignore fonts embedded in a picture.
        style.text = _FONT.sub(r"\1, Helvetica, Arial, sans-serif", style.text or "")
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _groups(root: Element) -> Iterator[tuple[str, Element]]:
    """Drawn shapes of D2 by path: the first class of a group is the path, encoded."""
    for group in root.iter(f"{SVG}g"):
        name = group.get("class", "").partition(" ")[0]
        if group.find(f"{SVG}text") is not None and name:
            yield base64.b64decode(name).decode(), group


def _fill(group: Element, card: Card, soft: str) -> None:
    """Puts a card's icon on the left and its lines beside it."""
    [rectangle] = group.iter(f"{SVG}rect")
    [text] = group.iter(f"{SVG}text")
    x, y, height = (float(rectangle.attrib[name]) for name in ("x", "y", "height"))
    top = y + (height - ICON) / 2
    SubElement(group, f"{SVG}use", href=f"#{_id(card.icon)}", x=f"{x + MARGIN:g}", y=f"{top:g}")
    left = f"{x + 2 * MARGIN + ICON:g}"
    text.set("x", left)
    text.set("style", text.attrib["style"].replace("middle", "start"))
    for number, (line, content) in enumerate(zip(text, (card.name, *card.details), strict=True)):
        line.text = content
        line.set("x", left)
        if number:
            line.set("class", "text")
            line.set("fill", soft)


def _bring_forward(group: Element, page: Element, background: str) -> None:
    """Puts a title in front of crossing arrows, with some room around its letters."""
    for text in group.findall(f"{SVG}text"):
        group.remove(text)
        text.attrib |= {"stroke": background, "stroke-width": "6", "stroke-linejoin": "round", "paint-order": "stroke"}
        page.append(text)


def _id(icon: str) -> str:
    return icon.replace("/", "-")


def _encoded(file: Path, ink: str) -> str:
    """A small copy of an icon; one that is drawn in black takes the text's colour."""
    with Image.open(file) as original:
        image = original.convert("RGBA").resize((_PIXELS, _PIXELS), Image.Resampling.LANCZOS)
    if _is_black(image):
        coloured = Image.new("RGBA", image.size, ink)
        coloured.putalpha(image.getchannel("A"))
        image = coloured
    data = io.BytesIO()
    image.quantize(256, method=Image.Quantize.FASTOCTREE).save(data, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"


def _is_black(image: Image.Image) -> bool:
    return ImageStat.Stat(image.convert("L"), image.getchannel("A").point(lambda alpha: alpha // 128)).mean[0] < _DARK
