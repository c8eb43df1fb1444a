"""Selections side by side: what they share, how they differ from the pool and from each other, and why rows moved."""
