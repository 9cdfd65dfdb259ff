"""`python -m tests.policy.oracles.iam`: the identity documents of prod and of the pack's own cases, judged by the pack
and by cloudsplaining; prints where they differ, for docs/policy-oracles.md."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policy.pack.values import UndecidedError, document
from tests.policy.cases import iam, iam_union
from tests.policy.harness import UNKNOWN, It, ask_all

ROOT = Path(__file__).parents[3]
ENVIRONMENT = ROOT / ".rehearsal" / "oracle-iam"
PINNED = "cloudsplaining==0.9.1"

# The question of cloudsplaining that asks the same as rules of the pack.
SAME = {
    "PrivilegeEscalation": ("iam-no-escalation", "iam-passrole-scoped"),
    "DataExfiltration": ("iam-no-exfil",),
    "CredentialsExposure": ("iam-no-exfil", "iam-no-wildcard-resource", "iam-no-escalation"),
    "ResourceExposure": ("iam-no-wildcard-resource", "iam-no-escalation", "iam-no-wildcard-action"),
    "InfrastructureModification": ("iam-no-wildcard-resource", "iam-no-wildcard-action"),
    "ServiceWildcard": ("iam-no-wildcard-action",),
}
RULES = sorted({rule for rules in SAME.values() for rule in rules})
CARRIERS = {"aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"}


def main() -> int:
    bodies = {**dict(of_cases()), **dict(of_stack("prod"))}
    theirs = ask_cloudsplaining(bodies)
    unread = [name for name, found in theirs.items() if found is None]
    bodies = {name: body for name, body in bodies.items() if name not in unread}
    ours = {name: broken(body) for name, body in bodies.items()}
    print(f"{len(bodies)} documents; on {len(unread)} more cloudsplaining breaks off.\n")
    print("| cloudsplaining asks | rules | both | neither | only the pack | only cloudsplaining |")
    print("|---|---|---|---|---|---|")
    apart = [f"breaks off: {name}" for name in unread]
    for question, rules in SAME.items():
        counts = {(mine, other): 0 for mine in (True, False) for other in (True, False)}
        for name in bodies:
            mine, other = bool(ours[name].intersection(rules)), theirs[name][question]
            counts[mine, other] += 1
            if mine != other:
                apart.append(f"{question}: {'only the pack' if mine else 'only cloudsplaining'}: {name}")
        numbers = [counts[True, True], counts[False, False], counts[True, False], counts[False, True]]
        print(f"| {question} | {', '.join(rules)} | {' | '.join(map(str, numbers))} |")
    print(*sorted(apart), sep="\n", file=sys.stderr)
    return 0


def of_cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """The documents of the tables of cases, each once."""
    seen: set[str] = set()
    for case in (*iam.table.cases, *iam_union.table.cases):
        for it in case.stack:
            body = _body(it.props.get("policy")) if it.token in CARRIERS else None
            text = json.dumps(body, sort_keys=True)
            if body and text not in seen:
                seen.add(text)
                yield f"case {len(seen)}: {text}", body


def of_stack(stack: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The documents of a stack as its program is recorded."""
    command = [sys.executable, "-m", "devtools.recording.state", stack]
    exported = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    for resource in exported["deployment"]["resources"]:
        body = _body(resource.get("inputs", {}).get("policy")) if resource["type"] in CARRIERS else None
        if body:
            yield f"{stack} {resource['urn'].rsplit('::', 1)[-1]}", body


def _body(value: Any) -> dict[str, Any] | None:
    """A document that both can read: known, and with actions, as cloudsplaining demands."""
    if value in (None, UNKNOWN):
        return None
    try:
        body = document(value)
    except UndecidedError:
        return None
    if not isinstance(body, dict) or UNKNOWN in json.dumps(body):
        return None
    entries = body.get("Statement")
    entries = entries if isinstance(entries, list) else [entries]
    fit = entries and all(isinstance(entry, dict) and {"Action", "NotAction"} & set(entry) for entry in entries)
    return {"Version": "2012-10-17", "Statement": entries} if fit else None


def broken(body: dict[str, Any]) -> set[str]:
    """The rules of the pack that a role with this one document breaks."""
    role = It("aws:iam/role:Role", "role", {"name": "role"})
    policy = It("aws:iam/rolePolicy:RolePolicy", "policy", {"role": "role", "policy": json.dumps(body)})
    return {rule for rule, _ in ask_all(RULES, role, policy).violations}


def ask_cloudsplaining(bodies: dict[str, dict[str, Any]]) -> dict[str, Any]:
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--no-compile", PINNED], check=True)
    script = Path(__file__).with_name("cloudsplaining_asks.py")
    done = subprocess.run(
        [str(python), str(script)], input=json.dumps(bodies), text=True, capture_output=True, check=True
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
