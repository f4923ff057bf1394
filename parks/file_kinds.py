"""What kind of file this is, told by its content alone; the name that it came under says nothing.

Accepted are PDF, PNG, JPEG and the Office formats of today (docx, xlsx, pptx). "By content" means that a file is whole
and is what it begins as: a first line alone is not believed.

    PDF     begins with %PDF-1. or %PDF-2. and ends with its startxref and %%EOF            (ISO 32000-1, 7.5)
    PNG     every chunk with its checksum, from IHDR to IEND                                (W3C PNG, section 5)
    JPEG    segments from SOI to the frame, which has a size, and an EOI at the end         (ITU-T T.81, annex B)
    Office  a ZIP whose [Content_Types].xml names one main part, which is there; every member unpacks to what it
            declares. Macros, controls and locked archives are refused                      (ECMA-376, part 2)

Not accepted on purpose: the formats of Office before 2007, whose macros cannot be seen without reading them whole;
texts, HTML and SVG, which a browser may take for a page. Nothing here looks for viruses.
"""

import re
import zlib
from dataclasses import dataclass
from io import BytesIO
from struct import unpack
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from parks.refusals import TransitionError

# Bounds on what a picture or an archive may become once it is opened; checked on what it declares, before unpacking.
MOST_PIXELS = 100_000_000
MOST_UNPACKED_BYTES = 100 * 1024 * 1024
MOST_MEMBERS = 5_000
LARGEST_CONTENT_TYPES = 1024 * 1024
# A PDF's end may be followed by a few bytes that transport or a printer added.
END_OF_PDF = 2048


class FileRefused(TransitionError):
    """The file cannot be handed in; the text says why and what helps."""


@dataclass(frozen=True)
class FileKind:
    """A kind of file: what a browser is told, the endings of its names (ours first), and its word."""

    media_type: str
    endings: tuple[str, ...]
    word: str | Promise

    @property
    def is_image(self) -> bool:
        return self.media_type.startswith("image/")


PDF = FileKind("application/pdf", ("pdf",), "PDF")
PNG = FileKind("image/png", ("png",), _("图片"))
JPEG = FileKind("image/jpeg", ("jpg", "jpeg"), _("图片"))
_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = FileKind(_OOXML + "wordprocessingml.document", ("docx",), _("Word 文档"))
XLSX = FileKind(_OOXML + "spreadsheetml.sheet", ("xlsx",), _("Excel 表格"))
PPTX = FileKind(_OOXML + "presentationml.presentation", ("pptx",), _("演示文稿"))
KINDS = (PDF, PNG, JPEG, DOCX, XLSX, PPTX)
BY_MEDIA_TYPE = {kind.media_type: kind for kind in KINDS}
# What a file field of a page offers; the content decides all the same.
ENDINGS = tuple(ending for kind in KINDS for ending in kind.endings)
OFFICE_BY_MAIN_PART = {kind.media_type + ".main+xml": kind for kind in (DOCX, XLSX, PPTX)}
# What runs when it is opened: macros of Office, and controls.
ACTIVE = re.compile(r"macroenabled|vbaproject|activex", re.IGNORECASE)

NOT_ACCEPTED = _("不是可接受的格式；请上传 PDF、PNG、JPEG 或 Office（docx、xlsx、pptx）文件。")
OLD_OFFICE = _("是旧版或加了密码的 Office 文件；请去掉密码，另存为 docx、xlsx、pptx 或 PDF 后上传。")
INCOMPLETE = _("内容不完整或已损坏；请在本机打开确认后重新上传。")
ACTIVE_CONTENT = _("含有宏或控件；请另存为不含宏的 docx、xlsx、pptx 或 PDF 后上传。")
LOCKED = _("加了密码；请去掉密码后上传。")
TOO_MANY_PIXELS = _("图片的像素过多；请缩小后上传。")
UNPACKS_TOO_LARGE = _("解开后过大；请减少其中的图片或另存为 PDF 后上传。")


def kind_of(content: bytes) -> FileKind:
    """The kind of a whole file. Raises FileRefused for what is none of ours, is broken, or runs when opened."""
    if content.startswith((b"%PDF-1.", b"%PDF-2.")):
        return _pdf(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(content)
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise FileRefused(OLD_OFFICE)
    raise FileRefused(NOT_ACCEPTED)


def _pdf(content: bytes) -> FileKind:
    end = content[-END_OF_PDF:]
    if not 0 <= end.rfind(b"startxref") < end.rfind(b"%%EOF"):
        raise FileRefused(INCOMPLETE)
    return PDF


def _png(content: bytes) -> FileKind:
    at, first = 8, True
    while at + 12 <= len(content):
        length, kind = unpack(">I4s", content[at : at + 8])
        body_ends = at + 8 + length
        if body_ends + 4 > len(content):
            break
        if zlib.crc32(content[at + 4 : body_ends]) != unpack(">I", content[body_ends : body_ends + 4])[0]:
            break
        if first:
            if kind != b"IHDR" or length != 13:
                break
            _check_pixels(*unpack(">II", content[at + 8 : at + 16]))
            first = False
        if kind == b"IEND":
            return PNG
        at = body_ends + 4
    raise FileRefused(INCOMPLETE)


def _jpeg(content: bytes) -> FileKind:
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:  # TEM and RST stand alone, without a length
            at += 2
            continue
        length = unpack(">H", content[at + 2 : at + 4])[0]
        # The frames: C0 to CF but for C4 (tables), C8 (reserved) and CC (arithmetic conditioning).
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            size = content[at + 5 : at + 9]
            if len(size) < 4 or content.find(b"\xff\xd9", at + 2 + length) < 0:
                break
            height, width = unpack(">HH", size)
            _check_pixels(width, height)
            return JPEG
        if length < 2 or marker in (0xD9, 0xDA):  # an end, or picture data, before any frame
            break
        at += 2 + length
    raise FileRefused(INCOMPLETE)


def _check_pixels(width: int, height: int) -> None:
    if not width or not height:
        raise FileRefused(INCOMPLETE)
    if width * height > MOST_PIXELS:
        raise FileRefused(TOO_MANY_PIXELS)


def _office(content: bytes) -> FileKind:
    try:
        with ZipFile(BytesIO(content)) as archive:
            return _office_archive(archive)
    except (
        BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        # zipfile raises each of these for an archive that is not what it says.
        raise FileRefused(INCOMPLETE) from error


def _office_archive(archive: ZipFile) -> FileKind:
    members = archive.infolist()
    # First what they declare; only then is anything unpacked, and zipfile reads no further than was declared.
    if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > MOST_UNPACKED_BYTES:
        raise FileRefused(UNPACKS_TOO_LARGE)
    if any(each.flag_bits & 0x1 for each in members):
        raise FileRefused(LOCKED)
    if "[Content_Types].xml" not in archive.namelist():
        raise FileRefused(NOT_ACCEPTED)
    # The format compares names without case. Two members of one name: two programs would read two documents.
    names = {each.filename.lower() for each in members}
    packed = {each.compress_type for each in members}
    if len(names) < len(members) or not packed <= {ZIP_STORED, ZIP_DEFLATED}:
        raise FileRefused(INCOMPLETE)
    types = _content_types(archive)
    if any(ACTIVE.search(text) for text in (*names, *types.values())):
        raise FileRefused(ACTIVE_CONTENT)
    mains = [(part, OFFICE_BY_MAIN_PART[kind]) for part, kind in types.items() if kind in OFFICE_BY_MAIN_PART]
    if not mains:
        raise FileRefused(NOT_ACCEPTED)
    if len(mains) > 1 or mains[0][0].removeprefix("/").lower() not in names or archive.testzip() is not None:
        raise FileRefused(INCOMPLETE)
    return mains[0][1]


def _content_types(archive: ZipFile) -> dict[str, str]:
    """The type of each part by its name, and the defaults by their ending."""
    if archive.getinfo("[Content_Types].xml").file_size > LARGEST_CONTENT_TYPES:
        raise FileRefused(UNPACKS_TOO_LARGE)
    try:
        root = fromstring(archive.read("[Content_Types].xml"), forbid_dtd=True)
    except (ParseError, DefusedXmlException) as error:
        raise FileRefused(INCOMPLETE) from error
    return {
        each.get("PartName") or f"*.{each.get('Extension')}": each.get("ContentType", "") for each in root
    }
