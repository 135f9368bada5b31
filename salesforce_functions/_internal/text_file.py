"""Read text that people may have written with any editor."""

import codecs
from pathlib import Path


def read_text(path: Path) -> str:
    """Return a file's text: UTF-8 with or without a byte order mark, or UTF-16 with one.

    Editors and shells on Windows write such marks, which no reader means.

    Raises:
        OSError: It cannot be read.
        UnicodeDecodeError: It is in none of these.
    """
    content = path.read_bytes()
    is_utf_16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if is_utf_16 else "utf-8-sig")
