"""The incident response: from a severe GuardDuty finding to approved steps.

EventBridge starts the state machine (`machine.py`), which runs two functions: one plans, read-only, one takes a
step. A third passes on the approver's decision. Their permissions are in `response_policies.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components import iam
from components.base import Component
from components.functions import Code, python_function
from components.handles import IpSetHandle, KeyHandle, KeyRing, NetworkHandle
from components.security import machine, response_policies
from components.security.alarms import Alarm, alarm
from components.security.findings import finding_pattern
from components.security.people import Crew, compact
from components.site import Site
from specs.security import Response

PLAN: Final = "response-plan"
ACT: Final = "response-act"
DECIDE: Final = "response-decide"
APPROVER: Final = "response-approver"
TOPIC: Final = "alerts"  # ends the name of the stack's alert topic, whose ARN the machine's role names

TIMEOUT: Final = 60  # seconds; a step is a handful of calls
MEMORY: Final = 256  # MiB
DEAD_LETTER_RETENTION: Final = 1_209_600  # seconds: 14 days, SQS's longest
MAX_EVENT_AGE: Final = 3600  # seconds; an older finding is for people
RETRIES: Final = 20
KEY_REUSE: Final = 300  # seconds that Step Functions uses one data key (60 to 900)
RUNBOOK: Final = "docs/incident-response.md#when-the-response-itself-fails"


@dataclass(frozen=True, kw_only=True)
class ResponseArgs:
    response: Response
    keys: KeyRing
    network: NetworkHandle
    ip_sets: Mapping[str, IpSetHandle]
    """`v4` and `v6`: what addresses are blocked in."""
    revocable: Sequence[str]
    """ARNs of roles whose sessions may be revoked."""
    revocable_patterns: Sequence[str]
    """The same as patterns, for documents: they do not grow with the services."""
    people: Crew
    """Roles for people, of which one may be the approver, and what bounds them."""
    topic_arn: pulumi.Output[str]
    log_retention_days: int


class Responder:
    """Makes all of it."""

    def __init__(self, tier: Component, args: ResponseArgs) -> None:
        self._tier, self._site, self._args = tier, tier.site, args
        self.machine_name = self._site.named("response")
        self.machine_arn = self._site.arn("states", f"stateMachine:{self.machine_name}")
        self._queue_name = self._site.named("response", "dlq")
        self._dead_letters = self._queue()
        plan, act = self._plan(), self._act()
        self._decide()
        self._start(self._machine(plan, act))
        self._alarms()
        if args.response.approver is not None:
            self._approver(args.response.approver)

    def _function(
        self,
        what: str,
        description: str,
        variables: Mapping[str, pulumi.Input[str]],
        may: Sequence[iam.Statement],
        boundary: pulumi.Input[str] | None = None,
    ) -> aws.lambda_.Function:
        code = Code(
            module=what.replace("-", "_"),
            description=description,
            timeout=TIMEOUT,
            memory=MEMORY,
            environment=variables,
            statements=[*may, *response_policies.set_aside(self._site, self._queue_name, key=self._args.keys.data)],
            boundary=boundary,
            dead_letters=self._dead_letters.arn,
        )
        args = self._args
        return python_function(self._tier, what, code, keys=args.keys, log_retention_days=args.log_retention_days)

    def _plan(self) -> aws.lambda_.Function:
        response, revocable = self._args.response, self._args.revocable
        return self._function(
            PLAN,
            "Plans what to do about a grave finding; changes nothing",
            {
                "ARMED": json.dumps(response.armed),
                "REVOCABLE_ROLES": _names(revocable),
                "NEVER_BLOCKED": json.dumps([str(one) for one in response.never_blocked]),
                "DECIDE_FUNCTION": self._site.named(DECIDE),
            },
            response_policies.look(self._site, revocable=self._args.revocable_patterns),
        )

    def _act(self) -> aws.lambda_.Function:
        tier, site, args = self._tier, self._site, self._args
        ip_sets = {family: {"name": one.name, "id": one.ip_set_id} for family, one in sorted(args.ip_sets.items())}
        function = self._function(
            ACT,
            "Takes one approved step against what a finding is about",
            {
                "ARMED": json.dumps(args.response.armed),
                "QUARANTINE_GROUP": self._quarantine().id,
                "REVOCABLE_ROLES": _names(args.revocable),
                "IP_SETS": pulumi.Output.json_dumps(ip_sets, sort_keys=True),
                # Evidence has the instance's data, and must not be cleaned up.
                "TAGS": json.dumps({**tier.tags("restricted"), "Keep": "true"}, sort_keys=True),
            },
            response_policies.act(site, revocable=args.revocable_patterns, ip_sets=self._ip_set_names),
            self._act_boundary().arn,
        )
        # A document of its own, as the VPC's id is not known before the VPC exists.
        aws.iam.RolePolicy(
            tier.child(ACT, "isolate"),
            name="isolate",
            role=site.named(ACT),
            policy=args.network.vpc_id.apply(lambda vpc_id: iam.document(*response_policies.isolate(site, vpc_id))),
            opts=tier.opts(parent=function, depends_on=[function]),
        )
        return function

    @property
    def _ip_set_names(self) -> list[str]:
        return [one.name for one in self._args.ip_sets.values()]

    def _act_boundary(self) -> aws.iam.Policy:
        """Permissions boundary of the one response role that may write into other roles."""
        site, args = self._site, self._args
        name = site.named("response-boundary")
        document = args.network.vpc_id.apply(
            lambda vpc_id: compact(
                response_policies.act_boundary(
                    site,
                    site.named(ACT),
                    revocable=args.revocable_patterns,
                    ip_sets=self._ip_set_names,
                    vpc_id=vpc_id,
                    queue=self._queue_name,
                    data_key=args.keys.data,
                )
            )
        )
        return aws.iam.Policy(
            self._tier.child("response-boundary"),
            name=name,
            description=f"{site.prefix}: the most that the incident response may do",
            policy=document,
            tags=self._tier.tags(name=name),
            opts=self._tier.opts(),
        )

    def _quarantine(self) -> aws.ec2.SecurityGroup:
        """A security group without rules, which isolates its members."""
        name = self._site.named("quarantine")
        return aws.ec2.SecurityGroup(
            self._tier.child("quarantine"),
            name=name,
            description="Isolated instances: no way in, no way out",
            vpc_id=self._args.network.vpc_id,
            tags=self._tier.tags(name=name),
            opts=self._tier.opts(),
        )

    def _decide(self) -> aws.lambda_.Function:
        return self._function(
            DECIDE,
            "Takes the approver's word on a response that waits for it",
            {"STATE_MACHINE": self.machine_name},
            response_policies.decide(self._site, self.machine_name, key=self._args.keys.logs),
        )

    def _machine(self, plan: aws.lambda_.Function, act: aws.lambda_.Function) -> aws.sfn.StateMachine:
        tier, site, args = self._tier, self._site, self._args
        key, minutes = args.keys.logs, args.response.approval_minutes
        # A group of this prefix needs no policy of its own, of which an account has ten.
        group_name = f"/aws/vendedlogs/states/{self.machine_name}"
        log_group = aws.cloudwatch.LogGroup(
            tier.child("response", "logs"),
            name=group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=key.arn,
            tags=tier.tags("confidential", group_name),
            opts=tier.opts(),
        )
        role, may = self._role(
            "response",
            "Lets the incident response run its functions and tell people",
            iam.trust("states.amazonaws.com", account_id=site.account_id, source_arn=self.machine_arn),
            response_policies.run(
                site, self.machine_name, functions=[site.named(PLAN), site.named(ACT)], topic=site.named(TOPIC), key=key
            ),
        )
        definition = pulumi.Output.all(args.topic_arn, plan.arn, act.arn).apply(
            lambda arns: json.dumps(
                machine.definition(topic_arn=arns[0], plan_arn=arns[1], act_arn=arns[2], approval_minutes=minutes),
                sort_keys=True,
            )
        )
        return aws.sfn.StateMachine(
            tier.child("response"),
            name=self.machine_name,
            type="STANDARD",
            role_arn=role.arn,
            definition=definition,
            encryption_configuration=aws.sfn.StateMachineEncryptionConfigurationArgs(
                type="CUSTOMER_MANAGED_KMS_KEY", kms_key_id=key.arn, kms_data_key_reuse_period_seconds=KEY_REUSE
            ),
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level="ALL",
                # The data of a state that waits for approval holds the token, which is the approval.
                include_execution_data=False,
                log_destination=log_group.arn.apply(lambda arn: f"{arn}:*"),
            ),
            tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(enabled=True),
            tags=tier.tags("confidential", self.machine_name),
            opts=tier.opts(depends_on=[may]),
        )

    def _start(self, state_machine: aws.sfn.StateMachine) -> None:
        tier, site, severity = self._tier, self._site, self._args.response.severity
        name, queue_arn, dead_letters = site.named("response"), site.arn("sqs", self._queue_name), self._dead_letters
        rule = aws.cloudwatch.EventRule(
            tier.child("response"),
            name=name,
            description=f"GuardDuty's findings of severity {severity:g} and more",
            event_pattern=finding_pattern(severity),
            tags=tier.tags(name=name),
            opts=tier.opts(),
        )
        admits = aws.sqs.QueuePolicy(
            tier.child("response", "dlq"),
            queue_url=dead_letters.url,
            policy=iam.document(
                iam.statement(
                    "RuleSetsAside",
                    ["sqs:SendMessage"],
                    [queue_arn],
                    principal={"Service": "events.amazonaws.com"},
                    condition={"ArnEquals": {"aws:SourceArn": site.arn("events", f"rule/{name}")}},
                ),
                iam.tls_only("sqs:*", queue_arn),
            ),
            opts=tier.opts(parent=dead_letters),
        )
        role, may = self._role(
            "response-start",
            "Lets EventBridge start the incident response",
            # EventBridge is not known to name its source when it assumes this role.
            iam.trust("events.amazonaws.com", account_id=site.account_id, names_source=False),
            response_policies.start(site, self.machine_name, key=self._args.keys.logs),
        )
        aws.cloudwatch.EventTarget(
            tier.child("response"),
            rule=rule.name,
            target_id="response",
            arn=state_machine.arn,
            role_arn=role.arn,
            retry_policy=aws.cloudwatch.EventTargetRetryPolicyArgs(
                maximum_event_age_in_seconds=MAX_EVENT_AGE, maximum_retry_attempts=RETRIES
            ),
            dead_letter_config=aws.cloudwatch.EventTargetDeadLetterConfigArgs(arn=dead_letters.arn),
            opts=tier.opts(parent=rule, depends_on=[may, admits]),
        )

    def _queue(self) -> aws.sqs.Queue:
        """Dead-letter queue of findings."""
        name = self._queue_name
        return aws.sqs.Queue(
            self._tier.child("response", "dlq"),
            name=name,
            # The data key, which admits EventBridge on behalf of the stack's queues.
            kms_master_key_id=self._args.keys.data.arn,
            message_retention_seconds=DEAD_LETTER_RETENTION,
            tags=self._tier.tags("confidential", name),
            opts=self._tier.opts(),
        )

    def _alarms(self) -> None:
        machine_is = {"StateMachineArn": self.machine_arn}
        last = f"the last execution of {self.machine_name}."
        queue = self._queue_name
        unanswered = "The incident response failed on a severe finding, wholly or in part."
        wanted = (
            ("response-failed", unanswered, last, "AWS/States", "ExecutionsFailed", machine_is),
            (
                "response-timed-out",
                "The incident response timed out.",
                last,
                "AWS/States",
                "ExecutionsTimedOut",
                machine_is,
            ),
            (
                "response-undelivered",
                "A severe GuardDuty finding did not start the incident response.",
                f"the message in {queue}, which is the finding.",
                "AWS/SQS",
                "ApproximateNumberOfMessagesVisible",
                {"QueueName": queue},
            ),
        )
        for name, means, look, namespace, metric, dimensions in wanted:
            one = Alarm(
                name=name,
                means=means,
                look=look,
                runbook=RUNBOOK,
                namespace=namespace,
                metric=metric,
                dimensions=dimensions,
            )
            alarm(self._tier, one, self._args.topic_arn)

    def _approver(self, principal: str) -> None:
        """The approver's role, which can only decide.

        A user presents MFA; a role has required it when it was assumed, as AWS doesn't pass it on from
        one role to the next.
        """
        trusted: iam.Statement = {
            "Sid": "Approver",
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": "sts:AssumeRole",
        }
        if ":user/" in principal:
            trusted["Condition"] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
        self._role(
            APPROVER,
            "Approves or rejects what the incident response is about to do",
            iam.document(trusted),
            approver_rights(self._site, self._args.keys.logs),
            boundary=self._args.people.boundary.arn,
            # IAM takes only principals that exist.
            after=list(self._args.people.roles.values()),
        )

    def _role(
        self,
        what: str,
        description: str,
        trust: str,
        may: Sequence[iam.Statement],
        *,
        boundary: pulumi.Input[str] | None = None,
        after: Sequence[pulumi.Resource] = (),
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        tier, name = self._tier, self._site.named(what)
        role = aws.iam.Role(
            tier.child(what),
            name=name,
            description=description,
            assume_role_policy=trust,
            permissions_boundary=boundary,
            tags=tier.tags(name=name),
            opts=tier.opts(depends_on=after),
        )
        policy = aws.iam.RolePolicy(
            tier.child(what), name=what, role=role.name, policy=iam.document(*may), opts=tier.opts(parent=role)
        )
        return role, policy


def approver_rights(site: Site, key: KeyHandle) -> list[iam.Statement]:
    """Permissions of the approver's role."""
    return response_policies.approve(site, site.named("response"), function=site.named(DECIDE), key=key)


def _names(arns: Sequence[str]) -> str:
    """The roles' names, as the functions get them."""
    return json.dumps(sorted(arn.rsplit("/", 1)[-1] for arn in arns))
