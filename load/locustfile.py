"""Plays plan.json: sessions arrive by the plan whether or not earlier ones have been answered (an open model).

Locust's users are a closed model: one that waits for an answer sends nothing. Here a user of Locust is a source of
arrivals, one for each process, which starts every session at its time as a greenlet of its own. The latency of a
request counts from its intended start: that of a session's first request is the session's arrival, that of every
further one the end of the one before and the think time. What the generator itself
loses is `started - intended`, on record.

    locust -f locustfile.py --headless --users 1 --host http://127.0.0.1:8080
    locust -f locustfile.py --master --expect-workers 4 --users 4 …    and four times: locust -f locustfile.py --worker

Environment: RESULTS, folder of the log (default: results, beside this file); LOAD_HEADER, `name: value` that every
request carries.
"""

from __future__ import annotations

import csv
import json
import os
import random
import time
from pathlib import Path
from typing import Any

import gevent
from gevent.pool import Group
from locust import FastHttpUser, constant, task
from locust.contrib.fasthttp import FastHttpSession

from load.sessions import Plan, Sent, filled, product, schedule, visit

HERE = Path(__file__).parent
PLAN: Plan = json.loads((HERE / "plan.json").read_text(encoding="utf-8"))
RESULTS = Path(os.environ.get("RESULTS") or HERE / "results")
COLUMNS = ("intended", "started", "ended", "session", "journey", "service", "name", "status", "bytes", "timing")
TIMEOUT = 30.0  # seconds


class Play:
    """A play of the plan by one process: its share of the sessions, and the log of what they asked for."""

    def __init__(self, user: FastHttpUser, log: Any) -> None:
        self.user, self.log = user, log
        self.workers = int(os.environ.get("WORKERS") or 1)
        self.index = max(0, getattr(user.environment.runner, "worker_index", 0))
        self.sent = Sent(PLAN["maxRequestsPerSecond"] / self.workers)
        name, _, value = os.environ.get("LOAD_HEADER", "").partition(":")
        self.headers = {name.strip(): value.strip()} if value else {}
        self.begin = time.time() + 1.0
        self.end = self.begin + len(PLAN["sessionsPerSecond"]) * PLAN["step"]

    def run(self) -> None:
        """Start every session of this process at its time; back when all are done, or given up."""
        group = Group()
        for number, after in enumerate(schedule(PLAN)):
            if number % self.workers == self.index:
                gevent.sleep(max(0.0, self.begin + after - time.time()))
                group.spawn(self.session, number, self.begin + after)
        group.join(timeout=max(0.0, self.end - time.time()) + TIMEOUT)
        group.kill()

    def session(self, number: int, arrival: float) -> None:
        """One customer, with connections and cookies of their own, until the plan is over."""
        draw = random.Random(f"{PLAN['seed']}:think:{number}")
        client = FastHttpSession(
            base_url=self.user.host,
            request_event=self.user.environment.events.request,
            user=self.user,
            connection_timeout=TIMEOUT,
            network_timeout=TIMEOUT,
        )
        journey, requests = visit(PLAN, number)
        intended = arrival
        for request in requests:
            if intended >= self.end:
                return
            gevent.sleep(max(0.0, intended - time.time()))
            names = {"product": product(PLAN, draw), "session": f"session-{number}"}
            ended = self.ask(client, request, intended, (number, journey), names)
            intended = ended + draw.expovariate(1 / PLAN["thinkSeconds"])

    def ask(
        self,
        client: FastHttpSession,
        request: dict[str, Any],
        intended: float,
        whose: tuple[int, str],
        names: dict[str, str],
    ) -> float:
        """One request; the time of its end. What the limit holds back is on record as well, with status `held`."""
        name, started = f"{request['method']} {request['path']}", time.time()
        row = (*whose, request["service"], name)
        if not self.sent.admits():
            self.write(intended, started, started, (*row, "held", 0, ""))
            return started
        body = request.get("body")
        with client.request(
            request["method"],
            filled(request["path"], names),
            name=name,
            data=filled(body, names) if body else None,
            headers={**self.headers, "Content-Type": "application/json"} if body else self.headers,
            catch_response=True,
        ) as answer:
            size = len(answer.content or b"")
            ended = time.time()
            answer.request_meta["response_time"] = (ended - intended) * 1000
            timing = (answer.headers or {}).get("server-timing", "")
            if 200 <= answer.status_code < 400:
                answer.success()
            else:
                answer.failure(f"status {answer.status_code}")
        self.write(intended, started, ended, (*row, answer.status_code, size, timing))
        return ended

    def write(self, intended: float, started: float, ended: float, rest: tuple[Any, ...]) -> None:
        self.log.writerow((f"{intended:.6f}", f"{started:.6f}", f"{ended:.6f}", *rest))


class Arrivals(FastHttpUser):
    """A user of Locust that is the source of one process's arrivals."""

    wait_time = constant(0)

    @task
    def play(self) -> None:
        RESULTS.mkdir(parents=True, exist_ok=True)
        runner = self.environment.runner
        with (RESULTS / f"requests-{max(0, getattr(runner, 'worker_index', 0))}.csv").open("w", newline="") as file:
            log = csv.writer(file)
            log.writerow(COLUMNS)
            Play(self, log).run()
        if runner is not None:
            runner.quit()
