"""The documentation: generated pages say what the code says, the site is whole, and what pages claim is so."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from devtools.docsgen import commands, components, pages, settings, site
from devtools.paths import REPO_ROOT
from policy.pack.registry import BY_NAME
from saleday.__main__ import COMMANDS
from specs.shop import Shop
from tests.some import some

CONTENT_FROM_ELSEWHERE = {"case-study.html"}
"""Pages that are somebody else's words, with a picture that they point to."""


# Rules of one's own are written into policies.md at leisure; tests/policy/test_pack.py holds the rest to the code.
HELD = [page for page in pages.FROM_CODE if page.name != "policies.md"]


@pytest.mark.parametrize("page", HELD, ids=lambda page: page.name)
def test_a_page_that_is_written_from_the_code_is_up_to_date(page: Path) -> None:
    assert page.read_text() == pages.FROM_CODE[page](), "write it again: make docs"


def test_the_page_of_components_is_up_to_date_but_for_what_this_trees_production_costs() -> None:
    now = components.render(pages.programs())
    assert components.without_stack(pages.COMPONENTS.read_text()) == components.without_stack(now), "run: make docs"


def test_every_component_says_what_it_is_and_takes() -> None:
    page = components.render([])
    for component in some(components.every()):
        assert f"## {component.kind}\n" in page
        section = page.partition(f"## {component.kind}\n")[2].partition("\n## ")[0]
        assert re.search(r"`\. [A-Z].{15,}", section), f"{component.__name__} has no docstring"
        assert "| argument |" in section, component.__name__


def test_every_field_of_a_service_is_on_the_page_of_settings() -> None:
    page = settings.render()
    for field in ("healthPath", "requestsPerTarget", "messagesPerTask", "spotWeight"):
        assert f"`{field}`" in page


def test_every_setting_says_what_it_means() -> None:
    silent = [
        f"{path}.{name}"
        for path, model in (("stack", Shop), *settings.models(Shop))
        for name in model.model_fields
        if name not in settings.meanings(model)
    ]
    assert not silent, "a field without a docstring has no unit and no meaning"


def test_every_variable_of_the_makefile_is_explained() -> None:
    makefile = commands.MAKEFILE.read_text()
    used = set(re.findall(r"^([A-Z]+) \?=", makefile, re.MULTILINE)) | set(
        re.findall(r"\$\(or \$\(([A-Z]+)\)", makefile)
    )
    assert set(commands.variables(makefile)) == used


def test_the_targets_that_talk_to_an_account_are_those_that_sign_in() -> None:
    marked = {
        name for name, meaning in commands.targets(commands.MAKEFILE.read_text()).items() if meaning.startswith("[AWS")
    }
    folder = REPO_ROOT / "saleday"
    assert marked == {name for name, module in COMMANDS.items() if "signed_in" in (folder / f"{module}.py").read_text()}
    assert marked, "none is marked"


def nav(entry: Any) -> list[str]:
    """The pages of the site's navigation."""
    if isinstance(entry, str):
        return [entry]
    children = entry.values() if isinstance(entry, dict) else entry
    return [page for child in children for page in nav(child)]


def test_the_navigation_has_every_page_once() -> None:
    listed = nav(yaml.safe_load(site.CONFIGURATION.read_text())["nav"])
    there = sorted(str(path.relative_to(pages.DOCS)) for path in pages.DOCS.rglob("*.md"))
    assert sorted(listed) == there


class References(HTMLParser):
    """What a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        loads = tag in ("script", "img", "iframe", "source") or (tag == "link" and values.get("rel") != "canonical")
        if loads and (target := values.get("src") or values.get("href")):
            self.loaded.append(target)


def test_the_site_builds_without_a_warning_and_a_reader_loads_nothing_from_elsewhere() -> None:
    first = site.build()
    html = sorted(first.parent.rglob("*.html"))
    assert len(html) > 40
    for page in html:
        references = References()
        references.feed(page.read_text())
        assert references.loaded
        for target in references.loaded:
            if page.name not in CONTENT_FROM_ELSEWHERE:
                assert not re.match(r"(https?:)?//", target), f"{page.name} loads {target}"
            if not re.match(r"https?:|data:|//", target):
                file = target.partition("?")[0].partition("#")[0]
                assert (page.parent / file).exists() or page.name == "404.html", f"{page.name}: no {target}"
    assert (first.parent / "search.json").stat().st_size > 10_000


def test_a_link_to_nowhere_fails_the_site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# A\n\n[gone](gone.md)\n")
    configuration = tmp_path / "mkdocs.yml"
    configuration.write_text("site_name: x\n")
    monkeypatch.setattr(site, "CONFIGURATION", configuration)
    with pytest.raises(pages.DocsError, match="page does not exist") as failed:
        site.build()
    assert "Traceback" not in str(failed.value)
    assert "index.md:3" in str(failed.value)


def test_the_rules_that_the_threat_model_relies_on_are_in_the_pack() -> None:
    rows = [line for line in (pages.DOCS / "threat-model.md").read_text().splitlines() if line.startswith("|")]
    named = {name for line in rows for name in re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)+)`", line.split("|")[-2])}
    assert len(named) > 30
    assert named <= set(BY_NAME), f"not in the pack: {named - set(BY_NAME)}"


def test_runbooks_that_alarms_name_have_their_section() -> None:
    anchors = set()
    for path in (REPO_ROOT / "components").rglob("*.py"):
        anchors |= set(re.findall(r"docs/([a-z-]+\.md)#([a-z0-9-]+)", path.read_text()))
    assert anchors
    for page, anchor in anchors:
        titles = re.findall(r"^#+ (.+)$", (pages.DOCS / page).read_text(), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}, (
            f"{page}#{anchor}"
        )
