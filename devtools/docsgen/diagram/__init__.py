"""The picture of a stack, drawn by D2 from its recorded resources, with AWS's own icons."""
