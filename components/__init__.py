"""The tiers of the shop as Pulumi components: typed args in, typed handles out."""
