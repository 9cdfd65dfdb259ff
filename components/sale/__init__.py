"""The sale day: what no other tier deploys of a plan, and the proof that the policy pack checks."""

from components.sale.component import SaleDay, SaleDayArgs

__all__ = ["SaleDay", "SaleDayArgs"]
