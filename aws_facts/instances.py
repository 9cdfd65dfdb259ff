"""vCPU of EC2's instance types, by the rule that AWS's sizes follow and the few types that do not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_TYPE: Final = re.compile(r"^([a-z]+)(\d+)[a-z-]*\.(?:(\d*)xlarge|(nano|micro|small|medium|large))$")
_OTHERS: Final[Mapping[str, int]] = {
    "c1.medium": 2,
    "c1.xlarge": 8,
    "c4.8xlarge": 36,
    "d2.8xlarge": 36,
    "m2.xlarge": 2,
    "m2.2xlarge": 4,
    "m2.4xlarge": 8,
    "t1.micro": 1,
}


def vcpu(instance_type: str) -> int | None:
    """vCPU of an instance type; None for what is no such type, and for metal.

    An xlarge has four, and so on in proportion. A medium has one but in the burstable families, which have two from
    nano to large.
    """
    match = _TYPE.match(instance_type)
    if match is None or instance_type in _OTHERS:
        return _OTHERS.get(instance_type)
    family, generation, factor, small = match[1], match[2], match[3], match[4]
    if small is None:
        return 4 * int(factor or 1)
    if (family, generation) == ("t", "2"):
        return 2 if small in ("medium", "large") else 1
    return 2 if small == "large" or family == "t" else 1
