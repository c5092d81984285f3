"""Photos as files: what a picture is made of, and how it is written again with all that belongs to it."""
