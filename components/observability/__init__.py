"""The observability tier: audit trail, traces, alarms, service levels, dashboards."""

from components.observability.component import Observability, ObservabilityArgs

__all__ = ["Observability", "ObservabilityArgs"]
