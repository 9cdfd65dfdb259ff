"""The images that tasks start with: there, where they are pulled from."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from account.preflight.look import Check, Look, Subject
from account.preflight.reads import read
from account.preflight.verdict import NotKnown, ReportLine, fails, holds, unanswered
from components.service.images import Image
from components.service.tier import COLLECTOR_IMAGE

_IMAGES: Final = read(
    "ecr",
    "describe_images",
    "ecr:DescribeImages",
    "imageDetails[].imageDigest",
    "ImageNotFoundException",
    "RepositoryNotFoundException",
)
_RELEASES: Final = read("ssm", "get_parameters_by_path", "ssm:GetParametersByPath", "Parameters[].[Name, Value]")
_LOOKUP: Final = "aws:ssm/getParametersByPath:getParametersByPath"
_PRIVATE: Final = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com")


def checks() -> tuple[Check, ...]:
    return (
        Check(title="images", hold=_public, concerns=lambda subject: _wanted(subject, private=False)),
        Check(title="images", hold=_own, reads=(_IMAGES,), concerns=lambda subject: _wanted(subject, private=True)),
        Check(title="images", hold=_released, reads=(_RELEASES, _IMAGES), concerns=_paths_of_releases),
    )


def _wanted(subject: Subject, *, private: bool) -> dict[str, str]:
    """Images of the settings and the services or jobs that they are for, of registries in AWS accounts or of others."""
    shop = subject.shop
    named = {one.image: f"saleday:services[{one.name}].image" for one in shop.services}
    named |= {one.image: f"saleday:jobs[{one.name}].image" for one in shop.jobs}
    named.setdefault(COLLECTOR_IMAGE, "")
    return {image: setting for image, setting in named.items() if bool(_PRIVATE.match(image)) is private}


def _public(look: Look) -> Iterator[ReportLine]:
    there = 0
    unknown: dict[str, list[NotKnown]] = defaultdict(list)
    for image, setting in sorted(_wanted(look.subject, private=False).items()):
        try:
            if look.world.registry.has(image):
                there += 1
            else:
                yield fails(
                    f"{image}: its registry has no such image", f"set {setting or 'a newer program'} to one that exists"
                )
        except NotKnown as reason:
            unknown[str(reason)].append(reason)
    for reasons in unknown.values():
        yield unanswered(reasons[0], f"whether {len(reasons)} public images exist", len(reasons))
    if there:
        yield holds(f"{there} public images exist")


def _own(look: Look) -> Iterator[ReportLine]:
    for image, setting in sorted(_wanted(look.subject, private=True).items()):
        yield _private(look, image, f"push it, or set {setting} to one that exists")


def _paths_of_releases(subject: Subject) -> list[str]:
    """Parameter paths where the program looks up each service's released image."""
    return sorted({str(call.arguments["path"]) for call in subject.program.invokes if call.token == _LOOKUP})


def _released(look: Look) -> Iterator[ReportLine]:
    for path in _paths_of_releases(look.subject):
        released = {name: image for name, image in look.ask(_RELEASES, Path=path) if _PRIVATE.match(image)}
        if not released:
            yield holds("no pipeline has released an image yet")
        for name, image in sorted(released.items()):
            yield _private(look, image, f"release another one, or set the parameter {name} to none")


def _private(look: Look, text: str, remedy: str) -> ReportLine:
    """Whether a registry in an AWS account has an image."""
    image, match = Image.parse(text), _PRIVATE.match(text)
    assert match is not None
    account, region = match.groups()
    named = {"imageDigest": image.digest} if image.digest else {"imageTag": image.tag or "latest"}
    try:
        found = look.ask(_IMAGES, region, registryId=account, repositoryName=image.repository, imageIds=[named])
    except NotKnown as reason:
        return unanswered(reason, f"whether {text} exists")
    return holds(f"{text} exists") if found else fails(f"{text}: there is no such image", remedy)
