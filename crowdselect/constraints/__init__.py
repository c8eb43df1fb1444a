"""What a selection has to keep to, whatever its strategy prefers: budgets, shares, distances, pins and bans."""
