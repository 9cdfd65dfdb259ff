"""The pack's rules and the code that runs them; depends on the standard library and pulumi_policy only."""
