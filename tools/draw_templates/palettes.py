"""Colours and patterns with their weights, as one sees them in the street.

Weights are shares among masks of one kind. They are an estimate, from about 100 photos of masked people from the web
(2020 to 2022) looked through by eye, and from what shops offered as the ordinary pack.
"""

SURGICAL = [
    ["#9cc8e0", 5], ["#b9dcea", 3], ["#5fb4dd", 1.5], ["#8fd0cb", 2], ["#f2f3f3", 3], ["#2a2a2e", 2.5], ["#f0bccb", 1],
    ["#3c8f8c", 0.5], ["#a9d6a5", 0.4], ["#b7a6d8", 0.4], ["#6f7278", 0.4],
]  # fmt: skip

RESPIRATOR = [
    ["#f4f4f2", 8], ["#26262a", 2.5], ["#b9bdc2", 0.8], ["#e9d8c4", 0.5], ["#d9a9b5", 0.5], ["#8aa6c1", 0.5],
    ["#55606e", 0.4],
]  # fmt: skip

INDUSTRIAL = [["#f1f1ef", 6], ["#a9c6de", 1.2], ["#7d99b5", 0.8], ["#c9ccd0", 1.2], ["#2f9a97", 0.6], ["#d8c7a6", 0.4]]

CLOTH = [
    ["#232326", 6], ["#f0efec", 2], ["#7d8187", 2], ["#2e3f5f", 2.5], ["#8e2430", 1.5], ["#4f6b4a", 1], ["#c7a98a", 1],
    ["#d58fa3", 1], ["#e2c34e", 0.7], ["#5b8fb5", 1.2], ["#5d3f73", 0.7], ["#c9622e", 0.6], ["#8fbf2f", 0.4],
    ["#2f7f78", 0.7], ["#b9d3e6", 0.6],
]  # fmt: skip

STRETCH = [
    ["#1f1f22", 8], ["#4a4d54", 2.5], ["#7b7f86", 1.2], ["#27344f", 1.5], ["#f0c3cc", 0.8], ["#e8e6e2", 0.8],
    ["#6d8f94", 0.6], ["#8a2531", 0.5], ["#b79c82", 0.5], ["#566046", 0.4],
]  # fmt: skip

DARK_LOOPS = [["#f0f0ee", 3], ["#232325", 5]]
WHITE_LOOPS = [["#f3f3f1", 9], ["#2b2b2d", 1.5]]
STRAPS = [["#f0efe9", 4], ["#e3c65a", 2], ["#2b2b2d", 1], ["#b9bcc0", 0.6], ["#3c78b4", 0.2]]

PRINTED_CLOTH = {
    "plain": 0.4, "stripes": 0.07, "check": 0.09, "polka": 0.06, "floral": 0.11, "camouflage": 0.05, "gradient": 0.03,
    "text": 0.04, "abstract": 0.08, "picture": 0.07,
}  # fmt: skip
"""Sewn masks are cut from any cotton: more than half of them printed."""

PRINTED_TUBE = {
    "plain": 0.46, "stripes": 0.08, "check": 0.05, "polka": 0.02, "floral": 0.05, "camouflage": 0.12, "gradient": 0.08,
    "text": 0.04, "abstract": 0.04, "picture": 0.06,
}  # fmt: skip
"""Neck gaiters: hunting and sports prints."""

PRINTED_FOAM = {"plain": 0.86, "camouflage": 0.04, "gradient": 0.04, "text": 0.03, "picture": 0.03}
"""Polyurethane is mostly dyed in one colour."""

PRINTED_SURGICAL = {"plain": 0.93, "floral": 0.02, "check": 0.01, "polka": 0.01, "gradient": 0.01, "picture": 0.02}
"""Printed surgical masks are children's, mostly."""
