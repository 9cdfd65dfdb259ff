"""Alarms and dashboards as values, defined by components before CloudWatch's resources exist."""
