"""The function that grants access in OpenSearch domains: what it puts, and what it does when the domain refuses."""

from __future__ import annotations

import io
import json
import urllib.error
from collections.abc import Mapping
from contextlib import nullcontext
from email.message import Message
from typing import Any

import pytest

from functions import search_access

CART, CATALOG = (f"arn:aws:iam::123456789012:role/shop-{name}-task" for name in ("cart", "catalog"))


def refusal(code: int) -> urllib.error.HTTPError:
    return urllib.error.HTTPError("https://domain", code, "no", Message(), io.BytesIO(b'{"status":"FORBIDDEN"}'))


def unsigned(url: str, data: bytes) -> Mapping[str, str]:
    return {"Authorization": "signed"}


def test_each_access_has_a_role_and_the_iam_roles_that_have_it() -> None:
    done: dict[str, Any] = {}
    search_access.grant({"read": [CART], "readWrite": [CATALOG]}, lambda path, body: done.update({path: body}))
    mapped = {path.rpartition("/")[2]: body for path, body in done.items() if "rolesmapping" in path}
    assert mapped == {"service_read": {"backend_roles": [CART]}, "service_readwrite": {"backend_roles": [CATALOG]}}
    reading = done["_plugins/_security/api/roles/service_read"]["index_permissions"][0]["allowed_actions"]
    assert reading == ["read"]


def test_a_domain_that_does_not_answer_yet_is_asked_again() -> None:
    answers: list[Any] = [urllib.error.URLError("no such host"), refusal(503), nullcontext()]
    sent: list[Any] = []

    def send(request: Any, timeout: float) -> Any:
        sent.append(request)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    search_access.put("domain", "path", {"a": 1}, unsigned, lambda: 100.0, lambda _: None, send)
    assert [request.get_method() for request in sent] == ["PUT"] * 3
    assert json.loads(sent[0].data) == {"a": 1}
    assert sent[0].full_url == "https://domain/path"


@pytest.mark.parametrize(("error", "left"), [(refusal(403), 100.0), (refusal(503), 5.0)])
def test_what_the_domain_refuses_is_told_with_its_answer(error: Exception, left: float) -> None:
    def send(request: Any, timeout: float) -> Any:
        raise error

    with pytest.raises(RuntimeError, match="FORBIDDEN"):
        search_access.put("domain", "path", {}, unsigned, lambda: left, lambda _: None, send)


def test_time_that_runs_out_is_told_with_the_reason() -> None:
    def send(request: Any, timeout: float) -> Any:
        raise urllib.error.URLError("no such host")

    with pytest.raises(RuntimeError, match="no such host"):
        search_access.put("domain", "path", {}, unsigned, lambda: 5.0, lambda _: None, send)
