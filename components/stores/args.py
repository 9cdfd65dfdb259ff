"""Arguments of the data tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.handles import KeyRing, NetworkHandle
from components.site import Site
from sale.plan import Scheduled
from specs.account import Account
from specs.data import Data
from specs.observability import OperatingHours


@dataclass(frozen=True, kw_only=True)
class DataTierArgs:
    """Everything about the stores comes from `data`; the rest says where they stand and who may reach them."""

    site: Site
    network: NetworkHandle
    keys: KeyRing
    data: Data
    account: Account
    """Account-wide resources that this stack creates."""
    users: Mapping[str, Mapping[str, Mapping[str, str]]]
    """By kind and store: the services and jobs that use it, by name, each with its access."""
    operating_hours: OperatingHours | None
    """Hours outside which the databases are stopped. None: they always run."""
    log_retention_days: int
    """Days that the stores' own logs are kept."""
    rotation_schedule: str
    """Rotation schedule of the databases' passwords: a cron expression of Secrets Manager."""
    reader_minima: Mapping[str, Sequence[Scheduled]] = field(default_factory=dict)
    """By database whose readers scale: fewest readers from times to come. Default: those of its scaling, always."""
    replicas: Mapping[str, int] = field(default_factory=dict)
    """By cache on nodes: replicas of each shard at this time. Default: the settings'."""
    backed_up: Sequence[str] = ()
    """ARNs of stores outside this tier that its backups cover, known at preview. Default: none."""
