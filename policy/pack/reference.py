"""The reference of all rules, written from their records: `python -m pack.reference` in the pack's folder prints it."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

from .registry import RULES, SERVICES
from .rule import Level, Rule, Scope

_SCOPES = {Scope.RESOURCE: "inputs, before each operation", Scope.STACK: "the whole stack, after its last step"}


def reference() -> str:
    """The reference as Markdown."""
    return "\n".join(_lines())


def introduction() -> str:
    """Introduction of the reference, for the pack as a whole."""
    return _INTRODUCTION


_INTRODUCTION = """\
Written from the rules' records by `python -m policy.pack.reference > docs/policies.md`.

## In force

    pulumi preview --policy-pack policy
    pulumi up --policy-pack policy --policy-pack-config levels.json

The folder is self-contained: copied to a Pulumi project of any language, it judges that project's AWS resources,
older S3 and load balancer types and inline forms included. `PulumiPolicy.yaml` names the virtual environment of the
project around it; where there is none, `pulumi install` in the folder makes it from its own `requirements.txt`.

A rule on inputs runs before each operation, so that an update stops before the resource exists. A rule on the whole
stack runs at the end of a preview and of an update. Values unknown in a preview are reported
as advisories; the update then judges them, and a value still unknown there is a violation. Links between resources are
followed by dependency where ARNs are unknown.

## Without an engine

    make policy                                     # every stack as the program would register it
    make policy FILE=state.json FORMAT=sarif        # text, json, sarif or junit
    cd policy && python -m pack state.json          # the folder alone

FILE is what `pulumi stack export`, `pulumi preview --json` or `pulumi preview --save-plan` writes; `--state` names the
exported state that a plan builds on. Exit code 0: no blocking violation; 1: violations; 2: invalid file or
argument; `--strict` also fails where a rule can't decide yet. A secret that is encrypted in the file is unknown;
`pulumi stack export --show-secrets` decrypts it, and no message prints it.

Resources that a program only looks up are not judged, here and by the engine. A file without a readable resource, step
or plan is invalid, and so is one nested deeper than 100 levels.

## What is not judged

Types without a rule, Cloud Control resources, templates and AWS resources of other providers are reported by
`not-judged`, once for each type; in production `identities-judged` blocks those that can create a role or a user.
Reviewed types without a rule are in `policy/data/reviewed.json`.

## Levels and options

A rule's level and options are set in `policy/config`: for every stack in `default.json`, for those in production in
`production.json`, and for one stack in `<stack>.json`; for one run in the file that `--policy-pack-config` names. The
later in this list override the earlier. A level is `mandatory`, `advisory` or `disabled`. A rule, option or
level that the pack doesn't have, and a value of another type, stop the run.

    {"rds-iam-auth": "mandatory", "alb-deletion-protection": {"productionStacks": ["live-*"]}}

In production a level can be raised, but lowered only by a waiver: a configuration that lowers one, or that excludes the
stack from a rule's production stacks, is a violation of `waivers-valid`, whose own level can't be lowered at all.
So is an option that loosens a rule (one more key, policy or quota; one tag less) without a waiver for it.

A stack is in production, and judged by the rules marked *in production stacks*, if its setting `<project>:production`
is true, or if its name is `prod` or one of `productionStacks`. Read from a file, the setting is the output
`production` of the stack, or the configuration that a preview or a plan comes with.

## Rules of your own

A module in `policy/pack/own` with a list `RULES` is in force as it is, outside of the pack's tests; its package
describes a rule. `python -m policy.pack.reference > docs/policies.md` writes it into this page.

## What the internet reaches

`data-tier-unreachable`, `app-tier-edge-only` and `alb-origin-locked` follow gateways, routes, network ACLs, groups,
prefix lists and load balancers as one graph, over exact sets of addresses and ports: a range split in two is the range.
The message prints the path, hop by hop. A resource's type decides its tier, not its tags.

- A data store admits no address of the internet; tasks and instances at most a /16 (IPv6: a /32).
- Only ingress counts, whether or not the target has a public address today and replies get out.
- A subnet that another program made is assumed to be routed to the internet, without a network ACL.
- A prefix list that another program or AWS made is assumed to have no strangers; `sg-to-sg-only` reports it anyway.
- Routes to transit gateways and peers lead out, but not in. Routes to firewall endpoints lead in.

## Who is admitted

Trusts, the policies of keys and resources, Lambda permissions and the conditions of permissions are read alike, from
one table of condition keys (`policy/pack/condition_keys.py`) with what each key proves, and the source.

- A condition is a fence if no stranger's request can meet it: its key is set by AWS, has to be there, and each value
  names an account, an organisation, a network, or a bucket by its whole name. `o-*`, `arn:aws:events:*:*:rule/orders`,
  `...IfExists`, `ForAllValues` and a value such as `${aws:PrincipalOrgID}` of the key itself are no fence; nor
  are keys that the caller chooses or everyone has, such as `sts:ExternalId`, `aws:VpcSourceIp` and `kms:ViaService`.
- `StringEquals aws:PrincipalAccount ${aws:ResourceAccount}`, a `Null` condition that requires the key, and a denial
  of all others (`StringNotEquals aws:PrincipalOrgID`) are fences.
- Services that are documented to name their source when they assume a role must be checked (`policy/pack/sources.py`).
- Tokens of an issuer that others share must spell out the owner, as in `repo:acme/*` (`policy/pack/issuers.py`).

## What is needed

`needs-met` judges what each workload has to be able to do, and AWS's services for it: a task to start, a rule to reach
its queue, a trail to write to its bucket. The needs are lines of tables with a source each, in `policy/data/needs`.
An API call is judged through trust, identity policies, boundary, the resource's policy, its key's and the endpoint's; a
connection through groups, network ACLs both ways and routes. `make needs STACK=prod` prints every need with what
serves it, or the first broken hop and its mend.

- What the graph can't tell is never a violation: policies that others wrote, calls that code makes, conditions on keys
  whose value isn't known. In a preview a value that isn't known yet is reported so.
- Denials by date count as if they were not in force. Names are not resolved, and service control policies not read.
- `grants-needed` is the other direction: grants, group rules, routes, endpoints and lines of resources' policies that
  no need uses. It judges files of programs of this shop's components, whose settings say what each workload uses, and
  leaves out what `policy/kept.json` lists with a reason. Rights that a source grants and not everybody uses count as
  needed.
- `make needs-proof` deletes every grant in turn, and lists those whose deletion breaks no need.

## Waivers

`policy/waivers.json` lists the exceptions: objects with `rule`, `urn` (a glob over resource URNs), `reason`, `owner`,
`ticket` and `expires` (the last day, UTC, at most a year ahead). The glob names the stack and the type, and enough of
the name to tell it from others; one waiver covers ten resources at most. With `option` and `stack` in the place of
`urn`, a waiver lets that stack's configuration loosen the rule by that option. A waiver that has expired, lacks a field
or covers no violation of the stack that it concerns is itself a violation, of `waivers-valid`."""


def _lines() -> Iterator[str]:
    mandatory = sum(rule.level is Level.MANDATORY for rule in RULES)
    yield "# Policy rules"
    yield ""
    yield f"{len(RULES)} rules, {mandatory} of them mandatory: a violation of one blocks previews and updates."
    yield introduction()
    for service in SERVICES:
        yield from _service(service)


def _service(service: ModuleType) -> Iterator[str]:
    yield ""
    yield f"## {_heading(service)}"
    for rule in service.RULES:
        yield ""
        yield section(rule)


def _heading(service: ModuleType) -> str:
    """The first line of the module's docstring without its opening words."""
    line = (service.__doc__ or service.__name__).strip().splitlines()[0].split(". ")[0].rstrip(".")
    line = line.removeprefix("Rules for ")
    return line[:1].upper() + line[1:]


def section(rule: Rule) -> str:
    """Section of the reference for one rule."""
    return "\n".join(_rule(rule))


def _rule(rule: Rule) -> Iterator[str]:
    level = f"{rule.level.value}{', in production stacks' if rule.production_only else ''}"
    yield f"### {rule.name}"
    yield ""
    yield f"{rule.title} *{level}; severity {rule.severity.value}; judges {_SCOPES[rule.scope]}.*"
    yield ""
    yield f"- Remedy: {rule.remedy}."
    if rule.tokens:
        names = sorted(
            {f"`{token.split('/')[0]}.{token.rsplit(':', 1)[1]}`".replace("aws:", "aws.") for token in rule.tokens}
        )
        yield f"- Judges: {', '.join(names) if len(names) <= _MANY else f'{len(names)} resource types'}."
    if rule.controls:
        yield f"- Controls: {', '.join(rule.controls)}."
    for option in rule.options:
        yield f"- Option `{option.name}`: {option.meaning}. Default `{option.default}`."


# Longer lists of types are counted instead.
_MANY = 24

if __name__ == "__main__":
    print(reference())
