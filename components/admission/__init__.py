"""The waiting room: its gate at the edge, its page, its API, its controller. Nothing is deployed without a setting."""
