"""The rehearsal: stacks deployed by the real Pulumi engine with offline stand-ins for the AWS providers."""
