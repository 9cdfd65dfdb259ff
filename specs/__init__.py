"""Settings of a stack as pure values: no module here imports pulumi.

`settings/` fills these models from the stack's configuration and the components take them in their
args, so the same values serve settings, components, tests and plans.
"""
