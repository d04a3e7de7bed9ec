"""What a delivered file is, judged by its bytes: kind and encoding."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import BinaryIO

from .parts import BadTable

CHUNK = 1 << 20
SAMPLE_BYTES = 1 << 16
ZIP = b"PK\x03\x04"
AS_CSV = "save it as CSV (UTF-8) or .xlsx and send it again"
# What people send by mistake, by the bytes it begins with.
OTHER_KINDS = {
    b"%PDF": f"is a PDF; {AS_CSV}",
    b"\xd0\xcf\x11\xe0": f"is an old or password-protected Excel file; without a password, {AS_CSV}",
    b"PK\x05\x06": f"is an empty ZIP archive; {AS_CSV}",
    b"\x1f\x8b": "is compressed (gzip); unpack it and send what is inside",
    b"Rar!": "is compressed (RAR); unpack it and send what is inside",
    b"7z\xbc\xaf": "is compressed (7-Zip); unpack it and send what is inside",
    codecs.BOM_UTF16_LE: "is written in UTF-16; save it as UTF-8 CSV and send it again",
    codecs.BOM_UTF16_BE: "is written in UTF-16; save it as UTF-8 CSV and send it again",
}
CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1a"))


def is_xlsx(path: Path) -> bool:
    """Whether the file is a ZIP (to be read as XLSX) rather than text; raises BadTable for any other kind."""
    with open(path, "rb") as file:
        head = file.read(SAMPLE_BYTES)
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise BadTable(f"{path.name} is empty; send the file with a heading row.")
    for magic, remedy in OTHER_KINDS.items():
        if head.startswith(magic):
            raise BadTable(f"{path.name} {remedy}.")
    if head.startswith(ZIP):
        return True
    if head.lstrip()[:200].lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise BadTable(f"{path.name} is a web page or XML, whatever its name says; open it in Excel, {AS_CSV}.")
    if head.count(0) > len(head) // 10:
        raise BadTable(f"{path.name} is written in UTF-16 or is not a text; save it as UTF-8 CSV and send it again.")
    if len(head) - len(head.translate(None, CONTROL)) > len(head) // 20:
        raise BadTable(f"{path.name} is not a text; {AS_CSV}.")
    return False


def encoding_of(file: BinaryIO) -> str:
    """Either "utf-8" or "gb18030", decided at the first byte that is not ASCII, however far down it stands.

    Nothing before that byte differs between the two. Of the 64 KB from there on, the encoding in which more lines can
    be read wins; on a tie it is UTF-8, because UTF-8 text often passes for GB18030 by chance, hardly ever the reverse.
    A few damaged lines therefore do not change the answer; they are rejected one by one later.
    """
    file.seek(0)
    if file.read(3) == codecs.BOM_UTF8:
        return "utf-8"
    file.seek(0)
    while chunk := file.read(CHUNK):
        if not chunk.isascii():
            # Only ASCII is taken away, and that from the front: it decodes to as many characters as bytes.
            before = len(chunk) - len(chunk.lstrip(bytes(range(128))))
            file.seek(before - len(chunk), 1)
            return _better(file.read(SAMPLE_BYTES).splitlines(keepends=True))
    return "utf-8"


def _better(lines: list[bytes]) -> str:
    telling = [line for line in lines if not line.isascii()]
    utf8, gb18030 = (sum(_readable(line, encoding) for line in telling) for encoding in ("utf-8", "gb18030"))
    return "gb18030" if gb18030 > utf8 else "utf-8"


def _readable(line: bytes, encoding: str) -> bool:
    try:
        # The sample may end amid a character; only a whole line must end with a whole one.
        codecs.getincrementaldecoder(encoding)().decode(line, final=line.endswith((b"\n", b"\r")))
    except UnicodeDecodeError:
        return False
    return True
