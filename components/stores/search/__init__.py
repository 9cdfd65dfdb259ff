"""OpenSearch domains."""

from __future__ import annotations

from typing import Final

from components.stores.contract import Kind
from components.stores.search import domain, monitoring
from components.stores.search.domain import ACTIONS, SearchHandle
from specs.stores import search

SEARCH: Final = Kind[SearchHandle](
    spec=search.SEARCH,
    build=domain.build,
    endpoints=("searchEndpoints", lambda one: one.endpoint),
    actions=ACTIONS,
    alarms=lambda one, _: monitoring.search_alarms(one),
    title="Search",
    row=monitoring.row,
    physical_names={"aws:opensearch/domain:Domain": ("domain_name", "search domain")},
)
