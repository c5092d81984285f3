"""Fabrics: the patterns that masks are printed or woven with, and a user's own pictures."""
