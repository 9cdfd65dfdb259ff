"""After a sale: what was forecast and simulated against what CloudWatch measured, and settings for the next one."""
