"""The model card that lies beside an export (Mitchell et al. 2019)."""

from dataclasses import dataclass
from typing import Any

from maskify import __version__, align
from unmask.evaluation.results import Results
from unmask.evaluation.summary import summary
from unmask.exporting.check import Checked
from unmask.exporting.formats import Format

POINTS = ("left eye", "right eye", "nose tip", "left mouth corner", "right mouth corner")
"""Of the frame, left and right in the picture."""


@dataclass(frozen=True)
class Facts:
    """What a card is made of.

    Attributes:
      name: of the export.
      format: its format.
      settings, versions: of the run, as its config.json has them.
      data: what it was trained on, as `unmask.builds.data_of` gives it; None where that is not known.
      networks: SHA-256 of each network's weights, by its name for people.
      results: of `unmask evaluate`; None where it has not measured these networks.
      checked: what a check found; None without one.
    """

    name: str
    format: Format
    settings: dict[str, Any]
    versions: dict[str, str]
    data: dict[str, Any] | None
    networks: dict[str, str]
    results: Results | None
    checked: Checked | None


def card(facts: Facts) -> str:
    """The card, in Markdown."""
    parts = [_intended(facts), _use(facts), _frame(facts), _data(facts), _metrics(facts), _made(facts)]
    return "\n\n".join(parts) + "\n"


def _intended(facts: Facts) -> str:
    return f"""# {facts.name}

Takes the mask off a face in a photo: Mask G finds the mask, Face G paints a face there, and the paint is blended into
the photo. All of it is one network in the format {facts.format.title}, with bytes in and bytes out.

**It invents a plausible face. It does not reveal the person**, whose own mouth, nose and chin are not in the photo, and
nobody may be recognised or judged by what it paints."""


def _use(facts: Facts) -> str:
    lines = "\n".join(line.format(path=repr(facts.name)) for line in facts.format.usage)
    size, batch = facts.settings["image_size"], facts.format.batch
    number = "N is any number of photos" if batch == "N" else "It takes one photo at a time"
    return f"""## How to run it

```python
{lines}
```

| | name | shape | dtype | |
|---|---|---|---|---|
| input | `photo` | [{batch}, {size}, {size}, 3] | uint8 | RGB, in the training frame |
| output | `restored` | [{batch}, {size}, {size}, 3] | uint8 | RGB, the photo with the paint blended in |
| output | `map` | [{batch}, {size}, {size}, 1] | uint8 | 255 where all is paint, 0 where all is the photo as it was |

{number}; `photos` is such an array of NumPy, and `outputs` has the two by their names."""


def _frame(facts: Facts) -> str:
    size = facts.settings["image_size"]
    places = align.apply(align.aligned_transform(size), align.MEAN_POINTS)
    rows = "\n".join(f"| {name} | {x:.1f} | {y:.1f} |" for name, (x, y) in zip(POINTS, places.tolist(), strict=True))
    return f"""## The training frame

The network knows upright faces in one place: the middle 178 x 178 of CelebA's aligned photos, scaled to {size} pixels.
A photo is brought there by the rotation, scale and shift that best take five points of the face onto these:

| left and right in the picture | x | y |
|---|---|---|
{rows}

In pixels; the centre of the first is at 0, 0. With the five points of a face in `points`, float64 [5, 2], and the photo
in `photo`, uint8 [H, W, 3] RGB:

```python
from maskify import align
transform = align.aligned_transform({size}, align.similarity(points, align.MEAN_POINTS))
photos = align.crop(photo, transform, {size})[None]
```

The inverse of `transform` takes `restored` and `map` back. Paste where the map is above 0, and leave the rest as it
is."""


def _data(facts: Facts) -> str:
    return "## Data and licence\n\n" + "\n".join(_data_lines(facts.data))


def _data_lines(data: dict[str, Any] | None) -> list[str]:
    if data is None:
        return [
            "What photos the networks were trained on is not known: the run does not say. Take them to be",
            "**for non-commercial research only**, as CelebA is and all that derives from it.",
        ]
    lines = [f"Trained on {data['records']:,} records, photos with synthetic masks made by `maskify build`."]
    if "celeba" in data["layout"]:
        lines += [
            "They lay in CelebA's layout. CelebA is for non-commercial research only, and so is what derives from it:",
            "this network is **for non-commercial research only**. CelebA shows celebrities, most of them young and of",
            "light skin; other faces may be painted less well.",
        ]
    return [*lines, "", *(f"- {sentence}" for sentence in data["licences"]), "- The code is under the MIT licence."]


def _metrics(facts: Facts) -> str:
    if facts.results is None:
        found = "Not measured. `unmask evaluate` does it, and an export after that has the numbers here."
    else:
        found = f"As `unmask evaluate` measured them:\n\n```\n{summary(facts.results)}\n```"
    return f"## Metrics\n\n{found}"


def _made(facts: Facts) -> str:
    settings = facts.settings
    checked = f"Checked {facts.checked}." if facts.checked else "Not checked; `unmask export --check` does it."
    versions = ", ".join(f"{name} {version}" for name, version in facts.versions.items())
    weights = "\n".join(f"- {name}: weights with SHA-256 {digest}" for name, digest in facts.networks.items())
    return f"""## How it was made

- `unmask export` of maskify {__version__}, from a run of `unmask train-face` with {versions or "versions unknown"}
- Preset {settings["preset"]}, {settings["image_size"]} pixels, {settings.get("steps", "?")} steps
{weights}
- {checked}"""
