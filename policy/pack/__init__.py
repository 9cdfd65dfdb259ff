"""The rules of the pack and what runs them; stands alone, on the standard library and pulumi_policy only."""
