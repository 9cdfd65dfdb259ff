"""The waiting room's rate: what the weakest link carries in each second, in customers, and what is published of it."""
