"""Pictures that people upload: known by what they are, of a bounded size, and drawn anew.

What is kept is encoded by us from the pixels alone, so no metadata (places, cameras, names) and nothing that only looks like
a picture survives.
"""

from io import BytesIO

from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from config.errors import Refused

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000  # a phone's camera; more is a bomb
FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/webp"


class BadPicture(Refused):
    """The upload is no picture that we read, or too large."""

    code = "bad_picture"
    status = 400
    message = _("This is no picture we can use. Send a PNG, JPEG or WebP file of 5 MB at most.")


def square(content: bytes, *, side: int) -> ContentFile:
    """The picture as a square WebP of `side` pixels, cut from its middle.

    :raises BadPicture: it is no PNG, JPEG or WebP, is broken, or has more than `MAX_BYTES` or `MAX_PIXELS`.
    """
    if len(content) > MAX_BYTES:
        raise BadPicture
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise BadPicture
            picture.load()
            upright = ImageOps.exif_transpose(picture)
            drawn = ImageOps.fit(upright.convert("RGBA"), (side, side), Image.Resampling.LANCZOS)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise BadPicture from None
    clean, file = Image.new("RGBA", drawn.size), BytesIO()
    clean.paste(drawn)
    clean.save(file, "WEBP", quality=88, method=4)
    return ContentFile(file.getvalue())
