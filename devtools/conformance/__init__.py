"""The real AWS provider, built from its Go module as a Pulumi plugin, judging every stack's preview."""
