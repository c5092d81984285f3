"""A run's networks for other runtimes: both stages and the blending in one file, a model card, and a check."""
