"""Evaluation: numbers of trained networks, or of another program's pictures, that can be trusted and compared."""
