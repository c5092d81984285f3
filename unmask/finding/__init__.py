"""Finds faces, masked or not, in photos of any size."""
