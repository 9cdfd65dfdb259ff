"""An `aws` for scripts, which answers from a list of recorded answers; calls and answers are held to AWS's API models.

Started as a program it reads `$ANSWERS`, a JSON object from `service operation` to the answers in their order, the last
of which is given for ever. An answer is what the API gives, or `{"error": code}`. What the script asks for by `--query`
is taken out of it as the CLI does, and printed as its text output is.
"""

from __future__ import annotations

import functools
import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CLI_OPTIONS = {"paginate", "output", "query"}
CUSTOM = {"get-login-password", "cp"}
"""Commands of the CLI that are no operations of an API."""


def main(words: list[str]) -> int:
    with Path(os.environ["CALLS"]).open("a") as calls:
        calls.write(f"aws {shlex.join(words)}\n")
    service, operation, *rest = words
    if operation == "get-login-password":
        print("token")
        return 0
    if service == "s3":
        print(Path(os.environ["OBJECTS"]).read_text(), end="")
        return 0
    answer = _next(f"{service} {operation}")
    if "error" in answer:
        print(f"\nAn error occurred ({answer['error']}) when calling the operation: no", file=sys.stderr)
        return 254
    import jmespath

    found = jmespath.search(options(rest)["query"], answer)
    if isinstance(found, list):
        print("\t".join(map(str, found)), end="\n" if found else "")
    else:
        print(found)
    return 0


def options(words: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    left = list(words)
    while left:
        name = left.pop(0).removeprefix("--")
        given[name.removeprefix("no-")] = "" if name.startswith("no-") else left.pop(0)
    return given


def _next(name: str) -> dict[str, Any]:
    given = Path(os.environ["ANSWERS"] + ".given")
    counts: dict[str, int] = json.loads(given.read_text()) if given.exists() else {}
    count = counts.get(name, 0)
    given.write_text(json.dumps(counts | {name: count + 1}))
    sequence: list[dict[str, Any]] = json.loads(Path(os.environ["ANSWERS"]).read_text())[name]
    return sequence[min(count, len(sequence) - 1)]


def hold_answers(answers: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Every answer is one that the API could give."""
    for name, sequence in answers.items():
        for answer in sequence:
            if "error" not in answer:
                _hold(answer, _operation(*name.split(" ")).output_shape)


def hold_calls(calls: Sequence[Sequence[str]]) -> None:
    """Every call, as words, is one that the API takes."""
    for service, name, *words in calls:
        if name in CUSTOM:
            continue
        from botocore import xform_name

        shape = _operation(service, name).input_shape
        known = {xform_name(member, "-"): member for member in shape.members}
        given = {key: value for key, value in options(words).items() if key not in CLI_OPTIONS}
        assert set(given) <= set(known), f"{name} has no {set(given) - set(known)}"
        _hold({known[key]: _parsed(shape.members[known[key]], value) for key, value in given.items()}, shape)


@functools.cache
def _operation(service: str, name: str) -> Any:
    import botocore.session
    from botocore import xform_name

    model = botocore.session.get_session().get_service_model(service)
    return model.operation_model(next(one for one in model.operation_names if xform_name(one, "-") == name))


def _parsed(shape: Any, value: str) -> Any:
    """A parameter as the CLI reads it: JSON, or its shorthand `key=value`."""
    if shape.type_name == "string":
        return value
    if value.startswith(("{", "[")):
        return json.loads(value)
    pair = dict([value.split("=", 1)])
    return [pair] if shape.type_name == "list" else pair


def _hold(value: Mapping[str, Any], shape: Any) -> None:
    from botocore.validate import ParamValidator

    _hold_members(value, shape)
    report = ParamValidator().validate(value, shape)
    assert not report.has_errors(), report.generate_report()


def _hold_members(value: Any, shape: Any) -> None:
    """No member and no value of an enumeration that the API does not have."""
    if shape.type_name == "structure":
        assert set(value) <= set(shape.members), set(value) - set(shape.members)
        for name, one in value.items():
            _hold_members(one, shape.members[name])
    elif shape.type_name == "list":
        for one in value:
            _hold_members(one, shape.member)
    elif getattr(shape, "enum", None):
        assert value in shape.enum, value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
