"""The rehearsal: both stacks through the real Pulumi engine with offline stand-ins for the AWS providers."""
