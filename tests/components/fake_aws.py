"""An `aws` for scripts, which answers from a list of recorded answers; calls and answers are held to AWS's API models.

The command is a few lines of bash that ask the test's own process over a local port: a Python of its own would take
each call a tenth of a second. Answers are by `service operation`, in their order, the last of which is given for ever.
An answer is what the API gives, or `{"error": code}`. What the script asks for by `--query` is taken out of it as the
CLI does, and printed as its text output is.
"""

from __future__ import annotations

import functools
import json
import shlex
import socketserver
import threading
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jmespath

CLI_OPTIONS = {"paginate", "output", "query"}
CUSTOM = {"get-login-password", "cp"}
"""Commands of the CLI that are no operations of an API."""
COMMAND = """#!/bin/bash
exec 3<>/dev/tcp/127.0.0.1/{port}
printf '%s\\n' "$#" >&3
printf '%s\\0' "$@" >&3
read -r code <&3
if [ "$code" -eq 0 ]; then cat <&3; else cat <&3 >&2; fi
exit "$code"
"""
Answers = Mapping[str, Sequence[Mapping[str, Any]]]


@contextmanager
def serving(command: Path, answers: Answers, calls: Path, objects: str = "") -> Generator[None]:
    """Write the command, and answer it; `calls` gets a line for each call, `objects` is what `aws s3 cp` prints."""
    given: Counter[str] = Counter()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            count = int(self.rfile.readline())
            words: list[str] = []
            word = b""
            while len(words) < count:
                byte = self.rfile.read(1)
                if byte == b"\0":
                    words.append(word.decode())
                word = b"" if byte == b"\0" else word + byte
            with calls.open("a") as file:
                file.write(f"aws {shlex.join(words)}\n")
            code, text = _answer(words, answers, given, objects)
            self.wfile.write(f"{code}\n{text}".encode())

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        command.write_text(COMMAND.format(port=server.server_address[1]))
        command.chmod(0o755)
        threading.Thread(target=functools.partial(server.serve_forever, 0.01), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def _answer(words: list[str], answers: Answers, given: Counter[str], objects: str) -> tuple[int, str]:
    """Exit code, and what is printed: to standard error where it isn't 0."""
    service, operation, *rest = words
    if operation == "get-login-password":
        return 0, "token\n"
    if service == "s3":
        return 0, objects
    name = f"{service} {operation}"
    answer = answers[name][min(given[name], len(answers[name]) - 1)]
    given[name] += 1
    if "error" in answer:
        return 254, f"\nAn error occurred ({answer['error']}) when calling the operation: no\n"
    found = jmespath.search(options(rest)["query"], answer)
    if isinstance(found, list):
        return 0, "\t".join(map(str, found)) + ("\n" if found else "")
    return 0, f"{found}\n"


def options(words: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    left = list(words)
    while left:
        name = left.pop(0).removeprefix("--")
        given[name.removeprefix("no-")] = "" if name.startswith("no-") else left.pop(0)
    return given


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
