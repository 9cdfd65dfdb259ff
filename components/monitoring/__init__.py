"""Alarms and dashboards as values: what a component says of its metrics before CloudWatch's resources exist."""
