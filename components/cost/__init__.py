"""Cost control: budget, anomalies, recommendations, cleanup, and purchases that the settings name in full."""

from components.cost.component import Cost, CostArgs

__all__ = ["Cost", "CostArgs"]
