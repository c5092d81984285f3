"""Draws the mask library: `python -m tools.draw_templates` remakes templates/ from code, byte for byte."""
