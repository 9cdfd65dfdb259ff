"""A shop of five small services on this machine, with stores of its own: what `make load-demo` plays a sale against."""
