"""Metrics: numbers from arrays. NumPy in, floats out; nothing here knows of records, networks or files of results."""
