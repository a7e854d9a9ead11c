"""What a camera reads off a screen."""

import io

import zxingcpp
from PIL import Image


def read_qr(picture: bytes) -> str:
    """What the one QR code in a PNG picture says."""
    formats = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)), formats=formats)
    return str(code.text)
