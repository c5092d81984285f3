"""One uploaded file to what the page shows of it; whatever the file is, there is an answer in plain words."""

import threading
from dataclasses import dataclass
from pathlib import Path

from maskify.decode import MIN_SIDE
from maskify.errors import Skipped
from unmask.photos import PhotoFile, read_photo_file
from unmask.photos.encoding import encode, format_of, own_format
from unmask.pictures import jpeg, png, shrunk
from unmask.restoration import Restoration, Restore
from unmask.serving.storage import Storage
from unmask.serving.words import BUSY

ENDINGS = {"JPEG": ".jpg", "TIFF": ".tif", "JPEG2000": ".jp2", "PPM": ".ppm"}

PLAIN_WORDS = {
    "empty_file": "The file is empty.",
    "not_an_image": "This is no photo that can be read. JPEG, PNG, WebP, AVIF, TIFF, BMP and GIF can be.",
    "truncated": "The file ends before its picture does. Send it once more, or save it anew.",
    "corrupt": "The file is damaged. Save the photo anew, as JPEG or PNG, and send that.",
    "too_large": "The photo is too large: {pixels} million pixels are the most.",
    "too_small": "The photo is too small: each side needs {side} pixels or more.",
    "several_pictures": "The file holds several pictures. Save the one that you mean as JPEG or PNG, and send that.",
    "format_not_writable": "This kind of file can be read, but not be written again. Save it as JPEG or PNG first.",
}
"""By the reason for which a photo cannot be used."""


class Unusable(Exception):
    """What was sent cannot be worked on; the text is for the person who sent it."""


@dataclass(frozen=True)
class Answer:
    """What becomes of a photo.

    Attributes:
      text: says it.
      restored: file of the photo without masks, in its own size and format; None where there was no mask.
      before, after: files of what the page shows of the photo and of the restored one.
      map: file with the map of what was replaced, 255 where all was.
    """

    text: str
    restored: Path | None = None
    before: Path | None = None
    after: Path | None = None
    map: Path | None = None


class Work:
    """Restores photos, one at a time.

    Attributes:
      restore: takes RGB pixels, uint8 [H, W, 3].
      storage: where uploads come from and results go to.
      most_pixels: larger photos are refused.
    """

    def __init__(self, restore: Restore, storage: Storage, most_pixels: int):
        self.restore, self.storage, self.most_pixels = restore, storage, most_pixels
        self._one_at_a_time = threading.Lock()
        self._finished = False

    def answer(self, path: str) -> Answer:
        """Works on an upload. A file that cannot be used is deleted at once.

        Raises:
          Unusable: the file is no photo that can be worked on.
        """
        with self._one_at_a_time:
            if self._finished:
                raise Unusable("The server is stopping.")
            if not self.storage.holds(path):
                raise Unusable("The photo is not there any more: it is kept for some minutes. Send it once more.")
            try:
                photo = read_photo_file(Path(path).read_bytes(), self.most_pixels)
                return self._answer(photo, self.restore(photo.rgb), Path(path))
            except Skipped as skipped:
                Path(path).unlink(missing_ok=True)
                words = PLAIN_WORDS.get(skipped.reason, "The photo cannot be used.")
                raise Unusable(words.format(pixels=self.most_pixels // 1_000_000, side=MIN_SIDE)) from skipped

    def finish(self) -> None:
        """Waits for the photo at hand; none is worked on after it."""
        with self._one_at_a_time:
            self._finished = True

    def _answer(self, photo: PhotoFile, restoration: Restoration, upload: Path) -> Answer:
        text = _told(restoration)
        if not restoration.patches:
            return Answer(text)
        for patch in restoration.patches:
            photo.put(patch)
        kind = own_format(photo)
        files = {
            _name(upload, kind): encode(photo, kind),
            "before.jpg": jpeg(shrunk(restoration.photo)),
            "after.jpg": jpeg(shrunk(restoration.image)),
            "map.png": png(shrunk(restoration.map)),
        }
        with self.storage.coming(*map(len, files.values())):
            if not self.storage.has_room():
                raise Unusable(BUSY)
            folder = self.storage.new_folder()
            for name, content in files.items():
                (folder / name).write_bytes(content)
        restored, before, after, found = (folder / name for name in files)
        return Answer(text, restored, before, after, found)


def _told(restoration: Restoration) -> str:
    faces, restored = len(restoration.faces), len(restoration.patches)
    if not faces:
        return "**No face was found.** A face should be upright, and about a twentieth of the photo or larger."
    if not restored:
        return f"**No mask was found** on {'the face' if faces == 1 else f'any of the {faces} faces'}."
    masks = "1 mask was" if restored == 1 else f"{restored} masks were"
    others = f" {faces - restored} more without one stayed as they are." if faces > restored else ""
    return f"**{masks} removed.**{others}"


def _name(upload: Path, kind: str) -> str:
    """The name of a download: never one of the others in its folder, and with an ending that is its format's."""
    ending = upload.suffix if format_of(upload) == kind else ENDINGS.get(kind, f".{kind.lower()}")
    return f"{upload.stem}-unmasked{ending}"
