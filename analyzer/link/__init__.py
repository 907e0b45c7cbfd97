"""What one file alone cannot tell: names across modules, values that flow, types of receivers, guards."""
