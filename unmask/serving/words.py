"""What the page says."""

TITLE = "unmask"

INTRODUCTION = """\
# Take the masks off a photo
Face masks are found, and faces painted where they were. The rest of the photo stays as it is.

**It invents.** Nobody can see what is under a mask. What you get is a plausible face, not the person's own: it does not
reveal who somebody is or what they look like, and must not be used to identify anyone.
"""

PRIVACY = """\
Photos stay on the machine that runs this page. They are deleted after about {minutes:.0f} minutes, or when the server
stops.
"""

PLACEHOLDER = "# Drop a photo here\nor choose, take or paste one, up to {megabytes:g} MB"

NO_PHOTO = "There is no photo yet. What becomes of it will appear here."

BUSY = "The server is busy and has no room for more photos. Try again in a few minutes."

NO_FILE = 'A photo is sent as a file, {"path": ...}. How is told under Use it from a program.'

ONE_FILE = "Send one file at a time."

SORRY = "**That did not work.**"

FAILED = "Something went wrong with this photo, and it was noted on the server. Try another one."

REST = """\
From the command line, with curl:

```bash
{curl}
```

From Python, with `pip install gradio_client`:

```python
{python}
```

Either way four things come back: the restored photo in its own size and format, the photo before and after for a look
(at most {preview:,} pixels wide or high), the map of what was replaced (white), and a sentence. Where no mask was found
there is the sentence alone. No more than {waiting} photos wait at a time; further ones get status 503.
"""

CURL = r"""
server={address}
photo=$(curl -sF files=@photo.jpg "$server/gradio_api/upload" | cut -d'"' -f2)
data="{{\"data\": [{{\"path\": \"$photo\", \"meta\": {{\"_type\": \"gradio.FileData\"}}}}]}}"
call="$server/gradio_api/call/restore"
event=$(curl -s "$call" -H "Content-Type: application/json" -d "$data" | cut -d'"' -f4)
restored=$(curl -sN "$call/$event" | grep -o 'http[^"]*' | head -n 1)
curl -so clean.jpg "$restored"
"""

PYTHON = """\
import shutil
from gradio_client import Client, handle_file

client = Client("{address}")
restored, before_and_after, found, text = client.predict(handle_file("photo.jpg"), api_name="/restore")
if restored:
    shutil.copy(restored, "clean.jpg")
"""


def curl_example(address: str) -> str:
    """Lines of bash that send photo.jpg and write clean.jpg."""
    return CURL.format(address=address).strip()


def python_example(address: str) -> str:
    """Lines of Python that send photo.jpg and write clean.jpg."""
    return PYTHON.format(address=address).strip()
