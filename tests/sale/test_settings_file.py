"""Single values changed in a stack's file, and every other character left."""

from __future__ import annotations

import pytest
import yaml

from settings.edit import NotThere, changed

DETECTOR = ("config", "saleday:account", "detector")
HEAD = "config:\n  saleday:owner: me # who answers\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  saleday:account: {hub: create}\n", "  saleday:account: {hub: create, detector: adopt}\n"),
        ("  saleday:account: {detector: create} # one\n", "  saleday:account: {detector: adopt} # one\n"),
        ("  saleday:account: {} # none\n", "  saleday:account: {detector: adopt} # none\n"),
        ("  saleday:account: # none\n", "  saleday:account: {detector: adopt} # none\n"),
        ("  saleday:account:\n", "  saleday:account: {detector: adopt}\n"),
        ("  saleday:account: null\n", "  saleday:account: {detector: adopt}\n"),
        (
            "  saleday:account:\n    hub: create # b\n",
            "  saleday:account:\n    hub: create # b\n    detector: adopt\n",
        ),
        ("  saleday:account:\n    hub: create", "  saleday:account:\n    hub: create\n    detector: adopt\n"),
        ("", "  saleday:account: {detector: adopt}\n"),
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_value_is_put_where_it_belongs(before: str, after: str, line_end: str) -> None:
    text, expected = ((HEAD + part).replace("\n", line_end) for part in (before, after))
    assert changed(text, DETECTOR, "adopt") == expected
    assert changed(expected, DETECTOR, "adopt") == expected, "a second time changes nothing"


@pytest.mark.parametrize("value", [500.0, 1_234_567.0, 2e6, 0.25, 1e15])
def test_numbers_are_read_back_as_they_were(value: float) -> None:
    text = changed(HEAD, ("config", "saleday:quotas", "granted", "eventsPutEvents"), value)
    assert yaml.safe_load(text)["config"]["saleday:quotas"]["granted"]["eventsPutEvents"] == value


@pytest.mark.parametrize("text", ["config: []\n", "config:\n  saleday:account: create\n"])
def test_what_holds_no_map_is_told(text: str) -> None:
    with pytest.raises(NotThere, match="add it by hand"):
        changed(text, DETECTOR, "adopt")
