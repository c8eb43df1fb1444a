"""The pages: one file a screen, each reads like a description of it."""
