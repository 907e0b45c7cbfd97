"""Whether moving pays: cash flows and total cost of ownership. Pure arithmetic."""
