"""What previews and rehearsals cost, against the bounds that the project promises."""
