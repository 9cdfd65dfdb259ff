"""Real deployments through the real provider into one account, as far as Moto supports them; inspected with boto3,
then destroyed.

The whole program runs. What Moto supports is created there by the provider; the plugin forwards the rest to the
offline one, so that every resource gets its dependencies, and the program is unaware of either.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from devtools.conformance import inspection, inventory
from devtools.conformance.inspection import Inspection
from devtools.conformance.judge import FOLDER, Bench, prepared
from devtools.conformance.program import transformed
from devtools.conformance.variants import Variant
from devtools.console import Heartbeat, elapsed, print_line
from devtools.paths import REPO_ROOT, STATE_DIR, VENV
from devtools.rehearsal import pulumi_home
from devtools.rehearsal.engine import Engine, EngineOutcome
from devtools.rehearsal.events import Record

REAL_VARIABLE = "SALEDAY_CONFORMANCE_REAL"
ELSEWHERE_VARIABLE = "SALEDAY_CONFORMANCE_ELSEWHERE"

HELD = (
    "aws:ec2/defaultSecurityGroup:",
    "aws:ec2/eip:",
    "aws:ec2/flowLog:",
    "aws:ec2/internetGateway:",
    "aws:ec2/natGateway:",
    "aws:ec2/networkAcl",
    "aws:ec2/route",
    "aws:ec2/securityGroup:",
    "aws:ec2/subnet:",
    "aws:ec2/vpc:",
    "aws:ec2/vpcEndpoint:",
    "aws:vpc/",
    "aws:kms/",
    "aws:iam/",
    "aws:dynamodb/table:",
    "aws:sqs/",
    "aws:sns/",
    "aws:s3/bucket:",
    "aws:s3/bucketPolicy:",
    "aws:s3/bucketPublicAccessBlock:",
    "aws:s3/bucketServerSideEncryptionConfiguration:",
    "aws:s3/bucketVersioning:",
    "aws:s3/bucketOwnershipControls:",
    "aws:ecs/cluster:",
    "aws:ecs/taskDefinition:",
    "aws:rds/subnetGroup:",
    "aws:rds/cluster:",
    "aws:rds/clusterInstance:",
    "aws:rds/clusterParameterGroup:",
    "aws:rds/parameterGroup:",
    "aws:cloudwatch/logGroup:",
)
"""Beginnings of the tokens of what Moto 5.2 holds well enough for the provider to make it, and to read it back."""


WITHOUT_WAITING = {"VCR_MODE": "REPLAY_ONLY", "VCR_PATH": "/nonexistent"}
"""The provider's own switch for tests that replay an API: it retries at once, where it would wait for AWS's eventual
consistency (`internal/retry/state.go`, `internal/vcr`). The provider records and replays nothing by itself."""


@dataclass
class VariantDeployment:
    """Result of a deployment: operations with their times, problems found with boto3, and resources left at the end."""

    made: dict[str, int] = field(default_factory=dict)
    """Resources created by the real provider, by variant."""

    steps: list[tuple[str, float]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    inspected: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.problems and bool(self.made) and all(self.made.values()) and bool(self.inspected)


def deploy(variants: Sequence[Variant], bench: Bench) -> VariantDeployment:
    """Deploy `variants` in part, all into one account, look at what is there, and destroy them, the last one first."""
    result = VariantDeployment()
    home = STATE_DIR / "home"
    pulumi_home.install(home, bench.pulumi, VENV / "bin" / "python", REPO_ROOT)
    offline = home / "plugins" / f"resource-aws-v{bench.plugin.version}" / "pulumi-resource-aws"
    program = transformed(bench.program, [_without_protection, _as_held])
    with ExitStack() as opened:
        engines = {
            variant.name: opened.enter_context(prepared(variant, bench, program, FOLDER / "deployed" / variant.name))
            for variant in variants
        }
        regions = {inspection.region_of(engine.workspace) for engine in engines.values()}
        before = inventory.everything(bench.address, regions)
        for name, engine in engines.items():
            engine.environment |= {REAL_VARIABLE: ",".join(HELD), ELSEWHERE_VARIABLE: str(offline)} | WITHOUT_WAITING
            up = _step(engine, result, name, "up")
            result.made[name] = sum(
                1 for resource in up.record.resources.values() if resource.custom and resource.type.startswith(HELD)
            )
        if not result.problems:
            for region in sorted(regions):
                _look(Inspection(address=bench.address, region=region, before=before), result)
        gone = True
        for name, engine in reversed(engines.items()):
            engine.ask("state", "unprotect", "--all", "--yes", "--stack", engine.workspace.stack)
            gone &= _step(engine, result, name, "destroy").ok
        if gone:
            for place, things in inventory.everything(bench.address, regions).items():
                if extra := sorted(things - before.get(place, frozenset())):
                    result.problems.append(f"destroy left {len(extra)} in {place}: {', '.join(extra[:5])}")
    return result


def _look(look: Inspection, result: VariantDeployment) -> None:
    for name, inspect in inspection.INSPECTIONS.items():
        look.count, look.problems = 0, []
        inspect(look)
        result.inspected.append(f"{name}: {look.count} looked at")
        result.problems += [f"{name}: {problem}" for problem in look.problems]
        if not look.count:
            result.problems.append(f"{name}: there is nothing to look at")


def _step(engine: Engine, result: VariantDeployment, name: str, verb: str) -> EngineOutcome:
    record, step = Record(), f"{verb} of {name}"
    with Heartbeat(f"conformance: {step}", lambda: f"{record.done} of {len(record.resources)} resources so far"):
        outcome = engine.operate(verb, "--yes", "--skip-preview", record=record)
    result.steps.append((step, outcome.seconds))
    if not outcome.ok:
        problems = [f"{step}: {line}" for line in outcome.error.splitlines()]
        result.problems += problems
        for problem in problems:
            print_line(f"conformance: {problem}")
    print_line(f"conformance: {step}: {'done' if outcome.ok else 'failed'}; {elapsed(outcome.seconds)}")
    return outcome


def _without_protection(token: str, name: str, properties: dict[str, object]) -> dict[str, object] | None:
    """The resource without deletion protection, which would prevent the clean-up."""
    off: dict[str, object] = {
        "deletionProtection": False,
        "deletionProtectionEnabled": False,
        "enableDeletionProtection": False,
    }
    off |= {"skipFinalSnapshot": True, "finalSnapshotIdentifier": None, "forceDestroy": True, "objectLockEnabled": None}
    off |= {"skipDestroy": False}  # of task definitions: production keeps those it could roll back to
    changed = {key: value for key, value in off.items() if key in properties}
    return {**properties, **changed} if changed else None


NOT_KEPT: dict[str, dict[str, object]] = {
    # Moto has no such attribute, and the provider waits until it has read back all that it wrote.
    "aws:sqs/queue:Queue": {"redriveAllowPolicy": None},
    # Moto doesn't know Aurora's storage types; without one it takes the default, as AWS does.
    "aws:rds/cluster:Cluster": {"storageType": None},
}
"""Properties that Moto 5.2 doesn't support, by type of resource that it otherwise supports."""


def _as_held(token: str, name: str, properties: dict[str, object]) -> dict[str, object] | None:
    """The resource without the properties that Moto doesn't support."""
    left_out = {key: value for key, value in NOT_KEPT.get(token, {}).items() if key in properties}
    return {**properties, **left_out} if left_out else None
