"""From the linked program and the rules to findings."""
