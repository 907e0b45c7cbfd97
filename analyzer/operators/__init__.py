"""What a model's forward pass does, read like an exporter would run it: operators, branches on values, outputs."""
