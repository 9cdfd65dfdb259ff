"""Writers of what is generated under docs/."""
