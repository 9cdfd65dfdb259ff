"""The judged variants of the program: every stack unchanged, and every overlay in `variants/`.

An overlay is a file: `stack`, the example stack whose settings it changes; `why`, its purpose;
`config`, the settings that differ. Mappings are merged, a list of named items by name, everything else is replaced;
null removes a setting.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from devtools.paths import EXAMPLE_STACKS, REPO_ROOT
from devtools.rehearsal.workspace import BadInput, known_stacks
from settings import stack_file

FOLDER = Path(__file__).parent / "variants"
_KEYS = {"stack", "why", "config"}


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to configure the program. `config` is laid over the settings of `stack`; empty for the stack itself."""

    name: str
    stack: str
    folder: Path = EXAMPLE_STACKS
    """Folder of the stack's file."""

    why: str
    config: dict[str, Any] = field(default_factory=dict)


def everything() -> list[Variant]:
    """This tree's own stacks, then the examples that differ from them, under names of their own."""
    own = of_stacks(REPO_ROOT)
    taken = {variant.name for variant in own}
    examples = [variant for variant in examples_and_overlays() if not (variant.name in taken and _is_own(variant))]
    return own + [
        replace(variant, name=f"example-{variant.name}") if variant.name in taken else variant for variant in examples
    ]


def _is_own(example: Variant) -> bool:
    """Whether this tree has the same stack, under the same name."""
    return not example.config and stack_file.read(example.stack, REPO_ROOT) == stack_file.read(
        example.stack, example.folder
    )


def of_stacks(folder: Path) -> list[Variant]:
    """The stacks in `folder`, unchanged."""
    return [
        Variant(name=stack, stack=stack, folder=folder, why="the stack as it stands") for stack in known_stacks(folder)
    ]


def examples_and_overlays(overlays: Path = FOLDER) -> list[Variant]:
    """The example stacks, then the overlays in the order of their names. Raises BadInput for a bad overlay."""
    variants = of_stacks(EXAMPLE_STACKS)
    stacks = [variant.name for variant in variants]
    for path in sorted(overlays.glob("*.yaml")):
        content = yaml.safe_load(path.read_text()) or {}
        place = f"{overlays.name}/{path.name}"
        if not isinstance(content, dict) or set(content) != _KEYS:
            got = ", ".join(map(str, content)) if isinstance(content, dict) else type(content).__name__
            raise BadInput(f"{place}: an overlay holds stack, why and config, nothing else (got {got or 'nothing'})")
        if content["stack"] not in stacks:
            raise BadInput(f"{place}: stack has to be one of {', '.join(stacks)} (got {content['stack']!r})")
        if path.stem in stacks:
            raise BadInput(f"{place}: {path.stem} is a stack's name already; rename the file")
        if not isinstance(content["config"], dict) or not content["config"]:
            raise BadInput(f"{place}: config has to name at least one setting that differs (got {content['config']!r})")
        variants.append(Variant(name=path.stem, **content))
    return variants


def named(names: list[str], variants: list[Variant]) -> list[Variant]:
    """The variants of these names; all if there are none. Raises BadInput for an unknown name."""
    known = {variant.name: variant for variant in variants}
    if unknown := [name for name in names if name not in known]:
        raise BadInput(f"variant {unknown[0]!r} is unknown; the variants are: {', '.join(known)}")
    return [known[name] for name in names] or variants


def lay_over(base: Any, overlay: Any) -> Any:
    """`base` with `overlay` laid over it; neither is changed."""
    if isinstance(base, dict) and isinstance(overlay, dict):
        merged = {key: deepcopy(value) for key, value in base.items() if overlay.get(key, value) is not None}
        for key, value in overlay.items():
            if value is not None:
                merged[key] = lay_over(base.get(key), value)
        return merged
    if _named(base) and _named(overlay):
        extra = {item["name"]: item for item in overlay}
        merged_list = [lay_over(item, extra.pop(item["name"], {})) for item in base]
        return merged_list + [deepcopy(item) for item in extra.values()]
    return deepcopy(overlay)


def _named(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and "name" in item for item in value)
