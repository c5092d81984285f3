"""The trained networks that come along with the package."""

from pathlib import Path

DEFAULT_RUN = Path(__file__).resolve().parent / "weights"
"""A finished run of `unmask train-face`, used where none is named. MODEL_CARD.md there says how good it is."""
