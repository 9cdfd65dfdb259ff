"""Access logs and curves as arrivals: what a play leaves in a log is the curve that it was planned by."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from load import access_logs, sessions
from load.plan import load_plan
from settings.stack_file import BadInput
from tests.load.shops import event_shop
from tests.load.test_plan import shop_with

BEGIN = 1_900_000_000.0
# Field order: ELB user guide, "Access log entries", and its example of a listener's entry.
BALANCER = (
    'https {answered} app/shop/50dc6c495c0c9188 192.0.2.1:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET '
    'https://shop.example:443/catalog HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:target '
    '"Root=1-58337281-1d84f3d73c47ec4e58577259" "shop.example" "arn:aws:acm:cert" 1 {created} "forward" "-" "-" '
    '"10.0.0.1:80" "200" "-" "-"\n'
)
FIELDS = "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs-uri-stem x-edge-result-type\n"


def moment(time: float) -> str:
    return datetime.fromtimestamp(time, tz=UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def balancer_log(file: Path, times: list[float]) -> Path:
    file.write_text("".join(BALANCER.format(answered=moment(at + 5), created=moment(at)) for at in times))
    return file


def sent(plan) -> list[float]:
    """When customers of a plan ask, who are answered at once."""
    document, found = plan.document(), []
    for number, arrival in enumerate(sessions.schedule(document)):
        draw, time = random.Random(number), arrival
        for _ in sessions.visit(document, number)[1]:
            found.append(time)
            time += draw.expovariate(1 / document["thinkSeconds"])
    return [BEGIN + time for time in found if time < plan.seconds]


def test_curve_to_load_to_log_to_curve_agrees(tmp_path):
    shop = shop_with(maxRequestsPerSecond=200, thinkSeconds=2)
    event = shop.sale_events[0]
    first = load_plan(shop, event, seconds=300)
    log = balancer_log(tmp_path / "app.log", sent(first))
    again = load_plan(shop, event, seconds=300, curve=access_logs.read(log, event))
    shapes = (plan.requests / plan.requests.sum() for plan in (first, again))
    one, two = ([part.mean() for part in np.array_split(shape, 10)] for shape in shapes)
    assert np.mean(np.abs(np.subtract(one, two))) / max(one) < 0.02
    assert again.peak == pytest.approx(first.requests.max(), rel=0.4)  # of a single second, with its noise


def test_what_cloudfront_answered_itself_does_not_count(tmp_path):
    rows = [
        f"2030-10-18\t18:30:0{number % 3}\tBOM50-C1\t1045\t192.0.2.10\tGET\t/a\t{kind}\n"
        for number, kind in enumerate(["Miss", "Hit", "RefreshHit", "Error", "Hit", "Miss"])
    ]
    with gzip.open(tmp_path / "E1.2030-10-18-18.abc.gz", "wt") as file:
        file.write(FIELDS + "".join(rows))
    found = access_logs.read(tmp_path, event_shop().sale_events[0])
    assert found.requests.tolist() == [2, 0, 2]


def test_a_curve_is_taken_less_what_cloudfront_answers(tmp_path):
    (tmp_path / "last.csv").write_text(
        "time,requests_per_second,orders_per_second\n"
        "2029-10-19T00:00:00+05:30,1000,5\n2029-10-19T00:01:00+05:30,2000,9\n"
    )
    event = event_shop().sale_events[0]
    found = access_logs.read(tmp_path / "last.csv", event)
    assert found.step == 60
    assert found.requests == pytest.approx([300, 600])  # cdnHitPercent: 70


WRONG = {
    "nothing there": ("", "which is not there or empty"),
    "another file": ("127.0.0.1 - - [10/Oct/2000:13:55:36] GET /\n", r"got some.log line 1\); take other files out"),
    "a broken line": (BALANCER.format(answered="x", created="soon"), "line 1"),
    "no requests": (FIELDS, "the logs have to hold requests"),
    "a row too short": (FIELDS + "2030-10-18\t18:30:00\n", "line 3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_log_is_one_line(name, tmp_path):
    text, told = WRONG[name]
    if text:
        (tmp_path / "some.log").write_text(text)
    with pytest.raises(BadInput, match=told) as refused:
        access_logs.read(tmp_path, event_shop().sale_events[0])
    assert "\n" not in str(refused.value)
