"""The state machine as a whole: run by Moto's interpreter, with the functions' own code behind it."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import boto3
import moto.core.config
import pytest
from moto.sns import sns_backends
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

from components.security import machine
from functions import response_plan
from functions.response_decide import NothingWaits, decide
from tests.functions.response_world import ATTACKER, REGION, World, world

PLAN: Final = "arn:aws:lambda:ap-south-1:123456789012:function:saleday-prod-response-plan"
ACT: Final = "arn:aws:lambda:ap-south-1:123456789012:function:saleday-prod-response-act"
NAME: Final = "saleday-prod-response"
MAX_WAIT: Final = 60.0  # seconds, for a machine that is busy with other tests


class Functions:
    """Stands where Lambda would: runs the code, and gives back what it raises as Lambda does."""

    def __init__(self, attacked: World, *, armed: bool) -> None:
        self._attacked, self._armed = attacked, armed
        self.fails: set[str] = set()
        """Kinds of steps that cannot be taken."""

    def invoke(self, **call: Any) -> dict[str, Any]:
        event = json.loads(call["Payload"])
        try:
            answer = self._plan(event) if call["FunctionName"] == PLAN else self._act(event)
        except Exception as error:  # noqa: BLE001 - as the runtime does
            answer = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": _stream(answer)}
        return {"StatusCode": 200, "Payload": _stream(answer)}

    def _plan(self, event: dict[str, Any]) -> Any:
        if event["do"] == "report":
            return response_plan.report(event["plan"], event["outcomes"], event["approval"]["by"])
        return self._attacked.planner(armed=self._armed).answer(event["event"], event["execution"])

    def _act(self, step: dict[str, str]) -> Any:
        if step["step"] in self.fails:
            raise RuntimeError("AWS says no")
        return self._attacked.responder(armed=self._armed).take(step)


def _stream(answer: Any) -> io.BytesIO:
    return io.BytesIO(json.dumps(answer).encode())


class Run:
    """One state machine, and what it tells."""

    def __init__(self, attacked: World, functions: Functions, *, minutes: int = 60) -> None:
        self.attacked, self.functions = attacked, functions
        self.client = boto3.client("stepfunctions", region_name=REGION)
        topic = boto3.client("sns", region_name=REGION).create_topic(Name="saleday-prod-alerts")["TopicArn"]
        definition = machine.definition(topic_arn=topic, plan_arn=PLAN, act_arn=ACT, approval_minutes=minutes)
        made = self.client.create_state_machine(
            name=NAME, definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/x"
        )
        self._topic, self._machine = topic, made["stateMachineArn"]

    def start(self, event: dict[str, Any]) -> str:
        started = self.client.start_execution(stateMachineArn=self._machine, input=json.dumps(event))
        execution: str = started["executionArn"]
        return execution

    def told(self) -> list[tuple[str, str]]:
        """Subjects and messages that went to the topic."""
        sent = sns_backends["123456789012"][REGION].topics[self._topic].sent_notifications
        return [(str(one[2]), one[1]) for one in sent]

    def ends(self, execution: str) -> str:
        return self._until(lambda: self._status(execution), lambda status: status != "RUNNING")

    def asks(self) -> str:
        """Wait for the message that asks for approval; gives its subject."""
        return self._until(self.told, bool)[0][0]

    def decide(self, execution: str, decision: str = "approve") -> None:
        event = {"execution": execution, "decision": decision, "by": "Asha"}
        # The message goes out a moment before the execution is seen to wait.
        self._until(lambda: self._decided(event), lambda done: done)

    def _decided(self, event: dict[str, str]) -> bool:
        try:
            decide(self.client, event, state_machine=NAME)
        except NothingWaits:
            return False
        return True

    def _status(self, execution: str) -> str:
        status: str = self.client.describe_execution(executionArn=execution)["status"]
        return status

    @staticmethod
    def _until(look: Callable[[], Any], good: Callable[[Any], bool]) -> Any:
        end = time.monotonic() + MAX_WAIT
        while not good(seen := look()):
            assert time.monotonic() < end, f"still {seen}"
            time.sleep(0.1)
        return seen


@pytest.fixture
def attacked() -> Iterator[World]:
    with world() as made:
        yield made


@pytest.fixture
def run(attacked: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Makes a machine: `run(armed=True)`."""
    user_config: Any = moto.core.config.default_user_config
    monkeypatch.setitem(user_config, "stepfunctions", {"execute_state_machine": True})

    def make(*, armed: bool = True, minutes: int = 60) -> Run:
        functions = Functions(attacked, armed=armed)
        monkeypatch.setattr(lambda_eval_utils, "boto_client_for", lambda **_: functions)
        return Run(attacked, functions, minutes=minutes)

    return make


def test_a_dry_run_tells_what_it_would_do_and_touches_nothing(attacked: World, run: Callable[..., Run]) -> None:
    one = run(armed=False)
    assert one.ends(one.start(attacked.event("role_credentials_outside"))) == "SUCCEEDED"
    [(subject, message)] = one.told()
    assert subject.startswith("Incident response, dry run")
    assert "revoke the sessions of role saleday-prod-cart-task" in message
    assert attacked.blocked() == []
    assert attacked.iam.list_role_policies(RoleName="saleday-prod-cart-task")["PolicyNames"] == []


def test_armed_it_waits_for_approval_then_takes_every_step_and_reports(
    attacked: World, run: Callable[..., Run]
) -> None:
    one = run()
    execution = one.start(attacked.event("role_credentials_outside"))
    assert one.asks().startswith("Incident response, armed")
    assert attacked.blocked() == [], "nothing before the word"
    one.decide(execution)
    assert one.ends(execution) == "SUCCEEDED"
    assert attacked.blocked() == [f"{ATTACKER}/32"]
    assert attacked.iam.list_role_policies(RoleName="saleday-prod-cart-task")["PolicyNames"] == [
        "AWSRevokeOlderSessions"
    ]
    subject, message = one.told()[-1]
    assert subject.startswith("Incident response, done")
    assert "Approved by: Asha" in message


def test_no_message_holds_the_token_that_is_the_approval(attacked: World, run: Callable[..., Run]) -> None:
    one = run()
    execution = one.start(attacked.event("role_credentials_outside"))
    one.asks()
    history = one.client.get_execution_history(executionArn=execution)["events"]
    scheduled = [event for event in history if event["type"] == "TaskScheduled"][-1]
    parameters = json.loads(scheduled["taskScheduledEventDetails"]["parameters"])
    token = parameters["MessageAttributes"]["TaskToken"]["StringValue"]
    assert token
    assert not [message for _, message in one.told() if token in message]
    one.decide(execution, "reject")
    one.ends(execution)


def test_a_rejected_plan_is_not_taken(attacked: World, run: Callable[..., Run]) -> None:
    one = run()
    execution = one.start(attacked.event("role_credentials_outside"))
    one.asks()
    one.decide(execution, "reject")
    assert one.ends(execution) == "SUCCEEDED"
    assert one.told()[-1][0] == "Incident response: rejected"
    assert attacked.blocked() == []


def test_what_nobody_approves_in_time_is_not_done(attacked: World, run: Callable[..., Run], monkeypatch: Any) -> None:
    definition = machine.definition

    def hasty(**arguments: Any) -> Any:
        made = definition(**arguments)
        made["States"]["AskForApproval"]["TimeoutSeconds"] = 1
        return made

    monkeypatch.setattr(machine, "definition", hasty)
    one = run()
    execution = one.start(attacked.event("role_credentials_outside"))
    assert one.ends(execution) == "SUCCEEDED"
    assert one.told()[-1][0] == "Incident response: nobody approved in time"
    assert attacked.blocked() == []
    with pytest.raises(NothingWaits):
        decide(one.client, {"execution": execution, "decision": "approve", "by": "Asha"}, state_machine=NAME)


def test_a_step_that_fails_stops_no_other_and_rings(attacked: World, run: Callable[..., Run]) -> None:
    one = run()
    one.functions.fails = {"revoke-sessions"}
    execution = one.start(attacked.event("role_credentials_outside"))
    one.asks()
    one.decide(execution)
    assert one.ends(execution) == "FAILED", "the alarm is on failed executions"
    assert attacked.blocked() == [f"{ATTACKER}/32"]
    subject, message = one.told()[-1]
    assert subject.startswith("Incident response, failed")
    assert "failed: revoke-sessions" in message
    assert "done: address" in message


def test_an_event_that_nobody_can_read_rings(attacked: World, run: Callable[..., Run]) -> None:
    one = run()
    execution = one.start({"detail": {"severity": 9}})
    assert one.ends(execution) == "FAILED"
    assert one.told()[-1][0] == "Incident response: it failed itself"


def test_a_decision_names_an_execution_of_this_response_a_word_and_a_person(run: Callable[..., Run]) -> None:
    one = run()
    other = "arn:aws:states:ap-south-1:123456789012:execution:another:1"
    with pytest.raises(NothingWaits, match="no execution of"):
        decide(one.client, {"execution": other, "decision": "approve", "by": "Asha"}, state_machine=NAME)
    own = f"arn:aws:states:ap-south-1:123456789012:execution:{NAME}:1"
    for decision, by in (("perhaps", "Asha"), ("approve", " ")):
        with pytest.raises(ValueError, match=r"a decision is|say who"):
            decide(one.client, {"execution": own, "decision": decision, "by": by}, state_machine=NAME)


def test_every_state_is_reached_and_leads_somewhere() -> None:
    states = machine.definition(topic_arn="t", plan_arn="p", act_arn="a", approval_minutes=5)["States"]
    named = {"Plan"}
    for state in states.values():
        named |= {state.get("Next"), state.get("Default")}
        named |= {one["Next"] for key in ("Catch", "Choices") for one in state.get(key, [])}
        ends = state["Type"] in ("Succeed", "Fail") or "Next" in state or "Default" in state
        assert ends, state
    assert named - {None} == set(states)
