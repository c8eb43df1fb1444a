"""CrowdSelect: choose the instructions that teach a model most, from what a crowd of models answered."""

__version__ = "0.1.0"
