"""A sale event played second by second, long before it happens: queues, scaling, retries and faults."""
