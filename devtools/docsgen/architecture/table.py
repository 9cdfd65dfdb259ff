"""Table of the case study's lines and the resources that implement them. A line without resources is an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from devtools.docsgen.architecture.graph import Graph, amount
from devtools.docsgen.architecture.lines import Carrier, Line

MAX_TITLE: Final = 7  # words of a line in the table


class NotCarriedError(Exception):
    """Some lines of the case study are not carried, or not spoken of: one line of text for each."""


def case_lines(text: str) -> list[str]:
    """The lines of the case study, without titles and pictures."""
    return [line.removeprefix("- ") for line in map(str.strip, text.splitlines()) if line and not _is_title(line)]


def _is_title(line: str) -> bool:
    return line.startswith(("#", "![")) or (line.startswith("**") and line.endswith(":**"))


def render(text: str, lines: Sequence[Line], production: Graph, by_setting: Mapping[str, Graph]) -> str:
    """The table as Markdown.

    `text` is the case study, `by_setting` the stack that each setting of a carrier makes. Raises NotCarriedError.
    """
    faults: list[str] = []
    rows = ["| the case study | how | carried in production by | by a setting |", "|---|---|---|---|"]
    for said in case_lines(text):
        line = _spoken_of(said, lines)
        if line is None:
            faults.append(f"no entry for the line: {said}")
            continue
        always, on_demand = [], []
        for carrier in line.carriers:
            graph = production if carrier.setting is None else by_setting[carrier.setting]
            found = len(graph.find(carrier.kind, carrier.where))
            if carrier.every and found < len(graph.find(carrier.kind)):
                faults.append(
                    f"{line.start!r} holds for {found} of {len(graph.find(carrier.kind))} {carrier.kind} only"
                )
            elif not found:
                where = "production" if carrier.setting is None else carrier.setting
                faults.append(f"nothing carries {line.start!r}: no fitting {carrier.kind} with {where}")
            elif carrier.setting is None:
                always.append((carrier, found))
            else:
                on_demand.append((carrier, found))
        rows.append(f"| {_title(said)} | {line.how} | {_counted(always)} | {_settings(on_demand)} |")
    faults += [f"no line of the case study starts with {line.start!r}" for line in _unused(text, lines)]
    if faults:
        raise NotCarriedError("\n".join(faults))
    return "\n".join(rows)


def _spoken_of(said: str, lines: Sequence[Line]) -> Line | None:
    """The entry whose start is the line itself or, failing that, the longest that it starts with."""
    fitting = [line for line in lines if said == line.start] or [line for line in lines if said.startswith(line.start)]
    return max(fitting, key=lambda line: len(line.start), default=None)


def _unused(text: str, lines: Sequence[Line]) -> Iterator[Line]:
    used = [_spoken_of(said, lines) for said in case_lines(text)]
    yield from (line for line in lines if line not in used)


def _title(said: str) -> str:
    """A line's label, or its first words."""
    words = said.replace("**", "").partition(":")[0].split()
    return " ".join(words) if len(words) <= MAX_TITLE else " ".join(words[:MAX_TITLE]) + " …"


def _counted(found: Sequence[tuple[Carrier, int]]) -> str:
    return ", ".join(map(_told, found)) or "-"


def _told(found: tuple[Carrier, int]) -> str:
    carrier, number = found
    return f"`{carrier.kind}` {amount(number)}" + (f" ({carrier.which})" if carrier.which else "")


def _settings(found: Sequence[tuple[Carrier, int]]) -> str:
    by_name: dict[str, list[tuple[Carrier, int]]] = {}
    for carrier, number in found:
        by_name.setdefault(str(carrier.setting), []).append((carrier, number))
    return "; ".join(f"`{setting}`: {_counted(carriers)}" for setting, carriers in by_name.items()) or "-"
