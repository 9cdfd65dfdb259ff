"""Your own rules: every module here with a list `RULES` is loaded, and pack updates leave it alone.

A rule is a function that yields a sentence for each fault of a resource; `policy/pack/rules/` has examples.

    @rule(
        "aws:sqs/queue:Queue",
        name="queue-names-its-team",
        title="Every queue names its team.",
        severity=Severity.LOW,
        remedy="Add the tag Team",
    )
    def queue_names_its_team(queue: Resource, context: RuleContext) -> Problems:
        if not queue.present("tags.Team"):
            yield "has no tag Team"

    RULES = (queue_names_its_team,)

Controls, cases and mutations are required of the pack's own rules only.
"""
