"""Reads from the installed AWS SDK which resource types take tags; `python -m tests.policy.taggable_source` rewrites
`policy/data/taggable.json` with it."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

DATA = Path(__file__).parents[2] / "policy" / "data" / "taggable.json"

_TYPE = re.compile(r'^@pulumi\.type_token\("(aws:[^"]+)"\)\nclass', re.MULTILINE)
_TAGS = re.compile(r'__props__\.__dict__\["tags"\] = tags')


def tokens() -> list[str]:
    """Tokens of the resource classes whose `tags` is an input."""
    spec = find_spec("pulumi_aws")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("pulumi_aws")
    found: set[str] = set()
    for path in Path(spec.origin).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if _TAGS.search(text):
            found.update(_TYPE.findall(text))
    return sorted(found)


def content() -> str:
    return json.dumps({"source": f"pulumi-aws {version('pulumi-aws')}", "tokens": tokens()}, indent=0) + "\n"


if __name__ == "__main__":
    DATA.write_text(content(), encoding="utf-8")
