"""The sale event: pure values, no pulumi. Demand, plan and proof are what the program itself uses."""
