"""Photos as files: what a picture is made of, and how it is written again with all that belongs to it."""

from unmask.photos.photo_file import PhotoFile, read_photo_file

__all__ = ["PhotoFile", "read_photo_file"]
