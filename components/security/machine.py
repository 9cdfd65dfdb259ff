"""The state machine of the incident response, as Amazon States Language.

Plan, tell; where it is armed wait for approval, take one step after the other, and tell what has become of them.
"""

from __future__ import annotations

from typing import Any, Final

State = dict[str, Any]

INVOKE: Final = "arn:aws:states:::lambda:invoke"
PUBLISH: Final = "arn:aws:states:::sns:publish"
WORK_SECONDS: Final = 3600  # for everything but the wait for approval; a step takes seconds
# Errors of Lambda itself; errors of the code are reported, not retried.
_TRANSIENT: Final = [
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]


def definition(*, topic_arn: str, plan_arn: str, act_arn: str, approval_minutes: int) -> State:
    """The machine; its input is EventBridge's event."""

    def publish(subject: str, message: str, **rest: Any) -> State:
        parameters = {"TopicArn": topic_arn, **_value("Subject", subject), **_value("Message", message)}
        return {"Type": "Task", "Resource": PUBLISH, "Parameters": parameters, "ResultPath": None, **rest}

    def invoke(arn: str, payload: State | str, **rest: Any) -> State:
        given = {"Payload.$": payload} if isinstance(payload, str) else {"Payload": payload}
        return {
            "Type": "Task",
            "Resource": INVOKE,
            "Parameters": {"FunctionName": arn, **given},
            "Retry": [{"ErrorEquals": _TRANSIENT, "IntervalSeconds": 2, "MaxAttempts": 4, "BackoffRate": 2}],
            **rest,
        }

    told = _catch("States.ALL", "TellFailure")
    step = invoke(
        act_arn,
        "$.step",
        OutputPath="$.Payload",
        Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "StepFailed"}],
        End=True,
    )
    ask = publish("$.plan.subject", "$.plan.message", Next="Act", TimeoutSeconds=approval_minutes * 60)
    ask["Resource"] = f"{PUBLISH}.waitForTaskToken"
    # In an attribute, which no mail shows: the token would be the approval itself.
    ask["Parameters"]["MessageAttributes"] = {"TaskToken": {"DataType": "String", "StringValue.$": "$$.Task.Token"}}
    ask["ResultPath"] = "$.approval"
    ask["Catch"] = [
        *_catch("States.Timeout", "TellUnanswered"),
        *_catch("Rejected", "TellRejected"),
        *told,
    ]
    undone = "Nothing has been done about finding {} ({}). Runbook: docs/incident-response.md"
    states: dict[str, State] = {
        "Plan": invoke(
            plan_arn,
            {"do": "plan", "event.$": "$", "execution.$": "$$.Execution.Id"},
            ResultSelector={"plan.$": "$.Payload"},
            Catch=told,
            Next="IsArmed",
        ),
        "IsArmed": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.plan.mode", "StringEquals": "armed", "Next": "AskForApproval"}],
            "Default": "TellPlan",
        },
        "TellPlan": publish("$.plan.subject", "$.plan.message", Next="Done"),
        "AskForApproval": ask,
        "Act": {
            "Type": "Map",
            "ItemsPath": "$.plan.steps",
            "ItemSelector": {"step.$": "$$.Map.Item.Value"},
            "MaxConcurrency": 1,  # in the order of the plan
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "TakeStep",
                "States": {
                    "TakeStep": step,
                    "StepFailed": {
                        "Type": "Pass",
                        "Parameters": {
                            "outcome": "failed",
                            "what.$": "States.Format('{}: {}', $.step.step, $.error.Cause)",
                        },
                        "End": True,
                    },
                },
            },
            "ResultPath": "$.outcomes",
            "Next": "Report",
        },
        "Report": invoke(
            plan_arn,
            {"do": "report", "plan.$": "$.plan", "outcomes.$": "$.outcomes", "approval.$": "$.approval"},
            ResultSelector={"report.$": "$.Payload"},
            Catch=told,
            Next="TellReport",
        ),
        "TellReport": publish("$.report.subject", "$.report.message", Next="AllTaken"),
        "AllTaken": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.report.failed", "BooleanEquals": True, "Next": "StepsFailed"}],
            "Default": "Done",
        },
        "TellUnanswered": publish(
            "Incident response: nobody approved in time",
            f"States.Format('{undone}', $.plan.finding.id, $.plan.finding.type)",
            Next="Done",
        ),
        "TellRejected": publish(
            "Incident response: rejected",
            f"States.Format('{undone}', $.plan.finding.id, $.plan.finding.type)",
            Next="Done",
        ),
        "TellFailure": publish(
            "Incident response: it failed itself",
            "States.Format('A finding could not be answered; see execution {}. Runbook: docs/incident-response.md', "
            "$$.Execution.Id)",
            Next="ResponseFailed",
        ),
        "ResponseFailed": {"Type": "Fail", "Error": "ResponseFailed", "Cause": "the finding could not be answered"},
        "StepsFailed": {"Type": "Fail", "Error": "StepsFailed", "Cause": "some steps could not be taken"},
        "Done": {"Type": "Succeed"},
    }
    return {
        "Comment": "Answers a grave finding of GuardDuty",
        "StartAt": "Plan",
        "TimeoutSeconds": approval_minutes * 60 + WORK_SECONDS,
        "States": states,
    }


def _catch(error: str, then: str) -> list[State]:
    return [{"ErrorEquals": [error], "ResultPath": "$.error", "Next": then}]


def _value(name: str, value: str) -> State:
    """A parameter: literal, or taken from the state if it is a path or an intrinsic function."""
    return {f"{name}.$": value} if value.startswith(("$", "States.")) else {name: value}
