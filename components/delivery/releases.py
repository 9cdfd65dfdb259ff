"""Released image of each service, from one SSM parameter per service.

The pipeline writes it after ECS has finished a deployment. The program reads it at the start of every preview and
update and puts that image into the task definition, so that a change of settings never brings an older image back.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

import pulumi_aws as aws

from aws_facts.regions import DNS_SUFFIX
from components.site import Site

NONE_YET: Final = "none"
"""Value of a parameter before the first release."""


def folder(site: Site) -> str:
    return f"/{site.prefix}/releases"


def parameter(site: Site, service: str) -> str:
    return f"{folder(site)}/{service}"


def released(site: Site, services: Collection[str]) -> dict[str, str]:
    """Last released image by service; without services that still wait for their first release.

    Calls AWS only if there are `services`, those that have a pipeline.
    """
    if not services:
        return {}
    found = aws.ssm.get_parameters_by_path(path=folder(site))
    told = dict(zip(found.names, found.values, strict=True))
    images = {service: told.get(parameter(site, service), NONE_YET) for service in services}
    return {service: image for service, image in images.items() if _own_image(site, service).fullmatch(image)}


def _own_image(site: Site, service: str) -> re.Pattern[str]:
    """An image of the service's own repository, by digest; no other value counts as a release."""
    registry = re.escape(f"{site.account_id}.dkr.ecr.{site.region}.{DNS_SUFFIX}/{site.named(service)}")
    return re.compile(rf"{registry}@sha256:[0-9a-f]{{64}}")
