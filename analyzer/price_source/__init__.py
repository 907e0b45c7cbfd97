"""Where prices are fetched from, when the user asks for it. The only part that talks to a network."""
