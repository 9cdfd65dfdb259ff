"""Regenerates the data of the plugin and the tests. Each table names the others it needs."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from devtools.conformance import (
    build,
    client,
    cloud,
    coverage,
    mappings,
    published,
    recordings,
    replacements,
    tokens,
    variants,
)
from devtools.conformance.judge import FOLDER, NOTES, inputs_in
from devtools.conformance.program import with_value
from devtools.console import print_line
from devtools.go_build import GoError
from devtools.rehearsal.stack_run import StepFailed
from devtools.sdk import Sdk

DATA = Path(__file__).parent / "data"
SCHEMA = DATA / "aws_schema.json.gz"


def make_tokens() -> None:
    """Table of the provider's type for each of the SDK's, from the SDK's source and the provider's documentation."""
    table = tokens.make_table(Sdk(), build.provider_source())
    write(DATA / "tokens.json", table.as_json())
    print_line(
        f"tokens: {len(table.resources)} types and {len(table.functions)} functions; "
        f"{len(table.untold)} of the SDK's are newer than the provider or follow no rule"
    )


def make_mappings() -> None:
    """Properties that the SDK names or shapes differently, from its source and a plugin built with the tokens above."""
    result = mappings.compare(Sdk(), dump("-dump-fields"))
    write(DATA / "mappings.json", result.mappings)
    write(DATA / "newer.json", result.newer)
    places = sum(map(len, result.newer.values()))
    print_line(
        f"mappings: {len(result.mappings)} types; "
        f"{places} properties of {len(result.newer)} types are newer than the provider"
    )


def make_schema() -> None:
    """The provider's schema under Pulumi's names, from a plugin built with the two tables above."""
    facts = json.dumps(dump("-dump-schema"), sort_keys=True, separators=(",", ":")).encode()
    SCHEMA.write_bytes(gzip.compress(facts, mtime=0))
    print_line(f"schema: {SCHEMA.stat().st_size // 1024} kB")


def make_replacements() -> None:
    """Effects of changes, from the plugin, for the program's inputs in the last `conformance run`."""
    files = sorted(FOLDER.glob(f"*/{NOTES}"))
    resources = {urn: inputs for file in reversed(files) for urn, inputs in inputs_in(file).items()}
    if not resources:
        raise StepFailed("there is nothing to ask about yet: run `python -m saleday conformance` first")
    with cloud.serving() as address, client.running(build.build(), address, "ap-south-1") as asked:
        table = replacements.make_table(asked, resources)
    write(DATA / "replacements.json", table.as_json())
    places = sum(len(entry["paths"]) for entry in table.types.values())
    print_line(
        f"replacements: {places} properties of {len(table.types)} types; {len(table.unasked)} could not be asked about"
    )


def make_published() -> None:
    """The names that AWS publishes in its CDK, from the packages in the registry."""
    table = published.make()
    write(DATA / "published.json", table)
    print_line(
        f"published: {len(table['endpoints'])} endpoint services, {sum(map(len, table['metrics'].values()))} metrics"
    )


def make_refused() -> None:
    """Properties of the program for which the provider rejects a wrong value, found by trying some."""
    refused: dict[str, set[str]] = {}
    asked: set[tuple[str, str]] = set()
    made = [recordings.record(variant) for variant in recordings.together(variants.examples_and_overlays())]
    with cloud.serving() as address, client.running(build.build(), address, "ap-south-1") as plugin:
        for token, inputs, _ in (each for recorded in made for each in recordings.resources(recorded).values()):
            fresh = [
                (path, value)
                for path, value in coverage.leaves(inputs)
                if not isinstance(value, bool) and (token, coverage.general(path)) not in asked
            ]
            if not fresh or plugin.refuses(token, inputs):
                continue
            for path, value in fresh:
                place = coverage.general(path)
                asked.add((token, place))
                if any(plugin.refuses(token, with_value(inputs, path, instead)) for instead in coverage.wrong(value)):
                    refused.setdefault(token, set()).add(place)
    write(coverage.REFUSED, {token: sorted(places) for token, places in refused.items()})
    print_line(f"refused: {sum(map(len, refused.values()))} of {len(asked)} properties")


TABLES: dict[str, Callable[[], None]] = {
    "tokens": make_tokens,
    "mappings": make_mappings,
    "schema": make_schema,
    "replacements": make_replacements,
    "published": make_published,
    "refused": make_refused,
}
"""In the order in which one needs another."""


def regenerate(names: Sequence[str]) -> None:
    """Make the tables named, by default all, in their order."""
    for name, make in TABLES.items():
        if not names or name in names:
            make()


def dump(flag: str) -> dict[str, Any]:
    """Output of the plugin (built if needed) at `flag`."""
    plugin = build.build()
    done = subprocess.run([str(plugin.executable), flag], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise GoError(f"the plugin's {flag} failed: {done.stderr.strip()[-300:]}")
    return dict(json.loads(done.stdout))


def write(path: Path, content: Any) -> None:
    """`content` as JSON that a diff can show: sorted, one entry a line."""
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
