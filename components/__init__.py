"""The tiers of the shop as Pulumi components: each takes typed args, knows only its own resources and passes typed outputs on."""
