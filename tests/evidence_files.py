"""Files as people hand them in, made here: whole ones of every kind, and ones that only pretend."""

import base64
import zlib
from io import BytesIO
from struct import pack
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

# A picture of 4 by 3 dots, as a browser writes it.
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI/////////////////////////////////"
    "///////////////////2wBDAVVaWnhpeOuCguv///////////////////////////////////////////////////////////////"
    "//////////wAARCAADAAQDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAXEAEBAQEAAAAAAAAAAAAAAAAAAQIS/8QA"
    "FQEBAQAAAAAAAAAAAAAAAAAAAgP/xAAVEQEBAAAAAAAAAAAAAAAAAAAAAf/aAAwDAQACEQMRAD8ApmTkBOk//9k="
)
HTML = b"<!DOCTYPE html><html><script>alert(document.cookie)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
EXECUTABLE = b"MZ\x90\x00" + b"\x00" * 60 + b"PE\x00\x00" + b"\x00" * 400
OLD_WORD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1500

OFFICE = "application/vnd.openxmlformats-officedocument."
WORD_MAIN = OFFICE + "wordprocessingml.document.main+xml"
SLIDES_MAIN = OFFICE + "presentationml.presentation.main+xml"


def pdf(words: str = "signed contract") -> bytes:
    """A PDF of one page with its table of objects, which a reader opens."""
    stream = f"BT /F1 18 Tf 40 90 Td ({words}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 144] /Contents 4 0 R "
        "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]
    written, places = "%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(written))
        written += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(written)
    written += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    written += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return written.encode("ascii")


def png(width: int = 4, height: int = 3, *, says: str = "", declared: tuple[int, int] | None = None) -> bytes:
    """A grey picture; `says` is a comment inside it, `declared` a size that its head claims instead of its own."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))

    head = pack(">IIBBBBB", *(declared or (width, height)), 8, 0, 0, 0, 0)
    rows = b"".join(b"\x00" + bytes(200 - row % 100 for _dot in range(width)) for row in range(height))
    comment = chunk(b"tEXt", b"Comment\x00" + says.encode("latin-1")) if says else b""
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", head),
            comment,
            chunk(b"IDAT", zlib.compress(rows)),
            chunk(b"IEND", b""),
        ]
    )


def office(main_type: str, main_part: str, more: dict[str, bytes] | None = None, types: str = "") -> bytes:
    """An Office file of one main part; `more` members, and further lines of its list of types."""
    listed = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{main_part}" ContentType="{main_type}"/>{types}</Types>'
    )
    return archive({"[Content_Types].xml": listed.encode(), main_part: b"<document/>", **(more or {})})


def archive(members: dict[str, bytes]) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name, content)
    return file.getvalue()


def docx(more: dict[str, bytes] | None = None, types: str = "") -> bytes:
    return office(WORD_MAIN, "word/document.xml", more, types)


def pptx() -> bytes:
    return office(SLIDES_MAIN, "ppt/presentation.xml")


def xlsx() -> bytes:
    file = BytesIO()
    book = Workbook()
    book.active["A1"] = "入园企业"
    book.save(file)
    return file.getvalue()


def xlsm() -> bytes:
    """A workbook with macros, as Excel declares it."""
    return office(
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        "xl/workbook.xml",
        {"xl/vbaProject.bin": b"macros"},
    )


def changed(content: bytes, *, after: bytes) -> bytes:
    """The content with one byte turned round, the one behind a mark in it."""
    at = content.index(after) + len(after)
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def bomb() -> bytes:
    """A document of some hundred kilobytes that unpacks to more than a hundred megabytes."""
    return docx({"word/media/image1.png": b"\x00" * (101 * 1024 * 1024)})
