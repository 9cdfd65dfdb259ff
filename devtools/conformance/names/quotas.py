"""Service Quotas' codes: each belongs to one service and one name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from devtools.conformance.names.tables import Problem, known, table


def quota_codes(token: str, inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """A request names a quota by its service and its code: the two have to belong together."""
    service, code = inputs.get("serviceCode"), inputs.get("quotaCode")
    if token != "aws:servicequotas/serviceQuota:ServiceQuota" or not known(service) or not known(code):
        return
    if code not in table("quota_codes").get(service, {}):
        yield "quotaCode", f"{service} has no quota {code} (data/quota_codes.yaml)"


def misnamed(quotas: Mapping[str, Any]) -> Iterator[str]:
    """Problems of the project's own table of quotas (`service`, `code`, `title` by name), compared with AWS's names.

    A code that AWS's list lacks is skipped: the list has only adjustable quotas.
    """
    names = {code: (service, name) for service, codes in table("quota_codes").items() for code, name in codes.items()}
    for key, quota in quotas.items():
        service, name = names.get(quota.code, (quota.service, quota.title))
        if quota.code and service != quota.service:
            yield f"{key}: {quota.code} is a quota of {service}, not of {quota.service}"
        elif quota.code and not _same(name, quota.title):
            yield f"{key}: {quota.code} is {name!r}, not {quota.title!r}"


def _same(name: str, title: str) -> bool:
    """Whether a title is AWS's name, perhaps with more words after it, or some of its words."""
    words = set(re.findall(r"\w+", title.partition(";")[0].lower()))
    return title.lower().startswith(name.lower()) or words <= set(re.findall(r"\w+", name.lower()))
