"""The texts of pages and programs in the languages of their users.

Sources are English; a catalogue holds the Chinese. English needs no catalogue:
what is not translated is shown as it stands.

    tools/messages.py extract    find the texts, bring template and catalogues up to date
    tools/messages.py compile    make the .mo files which the program reads
    tools/messages.py check      name what is missing; ends with code 1 if anything is
"""

import io
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src/tongxin"
LOCALE = SOURCES / "locale"
TEMPLATE = LOCALE / "tongxin.pot"
LOCALES = ("zh_Hans",)
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
COMMENT_TAGS = ("Translators:",)
# What an extractor yields: line, function, texts, comments.
Found = tuple[int, str, str | tuple[str, ...], list[str]]


def extract_template(file: BinaryIO, keywords: dict, comment_tags: tuple, options: dict) -> Iterator[Found]:
    """Find the texts of a Django template, as Babel's extractors do.

    Django turns a template into lines of calls, one line for each of the template's,
    which Babel reads as Python once their indentation is gone.
    """
    from django.utils.translation.template import templatize

    lines = templatize(file.read().decode()).splitlines()
    code = "\n".join(line.strip() for line in lines)
    yield from extract_python(io.BytesIO(code.encode()), keywords, comment_tags, options)


def extract_pack(file: BinaryIO, keywords: dict, comment_tags: tuple, options: dict) -> Iterator[Found]:
    """Find where the values of a policy pack come from: each ``source = "…"``."""
    for line, text in enumerate(file.read().decode().splitlines(), 1):
        if text.startswith("source = "):
            yield line, "", tomllib.loads(text)["source"], []


def _configure_django() -> None:
    """The template lexer asks for settings; any will do, and none of the program's are needed."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=False)


def find() -> Catalog:
    """All texts of the sources, in a catalogue without times or line numbers so that it changes only with them."""
    _configure_django()
    sys.path.insert(0, str(ROOT))
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    catalog = Catalog(project="Tongxin", copyright_holder="The Tongxin contributors", charset="utf-8")
    found = extract_from_dir(SOURCES, methods, options, KEYWORDS, COMMENT_TAGS)
    for path, _line, message, comments, context in found:
        catalog.add(message, None, [(Path(path).as_posix(), 0)], auto_comments=comments, context=context)
    return catalog


def path_of(locale: str) -> Path:
    return LOCALE / locale / "LC_MESSAGES/django.po"


def read(locale: str) -> Catalog:
    path = path_of(locale)
    if not path.exists():
        return Catalog(locale=locale, domain="django", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=locale, domain="django")


def render(catalog: Catalog) -> bytes:
    """The catalogue as text: sorted, without what depends on the hour or the writer."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True, omit_header=True)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    if catalog.locale:
        header += f'"Language: {catalog.locale_identifier}\\n"\n"Plural-Forms: {catalog.plural_forms}\\n"\n'
    return header.encode() + b"\n" + buffer.getvalue()


def keys(catalog: Catalog) -> set[tuple[str | None, str]]:
    """Context and text (of a plural, the singular) of each message."""
    return {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in catalog if m.id}


def extract() -> int:
    found = find()
    LOCALE.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(render(found))
    for locale in LOCALES:
        catalog = read(locale)
        catalog.update(found, no_fuzzy_matching=True)
        path_of(locale).parent.mkdir(parents=True, exist_ok=True)
        path_of(locale).write_bytes(render(catalog))
        missing = sum(1 for m in catalog if m.id and not is_complete(m.string))
        print(f"messages: {locale}: {len(keys(found))} texts, {missing} without translation")
    return 0


def compile_catalogues() -> int:
    for locale in LOCALES:
        target = path_of(locale).with_suffix(".mo")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_mo(file, read(locale))
        print(f"messages: {target.relative_to(ROOT)}")
    return 0


def is_complete(string: str | tuple[str, ...]) -> bool:
    return bool(string) if isinstance(string, str) else bool(string) and all(string)


def faults(locale: str, found: Catalog) -> Iterator[str]:
    """One sentence for each text of the locale that is missing, unsure, superfluous or wrong."""
    catalog = read(locale)
    for _context, text in sorted(keys(found) - keys(catalog), key=str):
        yield f"{locale}: not in the catalogue, run `make messages`: {text!r}"
    for _context, text in sorted(keys(catalog) - keys(found), key=str):
        yield f"{locale}: no longer in the sources, run `make messages`: {text!r}"
    for message in catalog:
        if not message.id:
            continue
        if not is_complete(message.string):
            yield f"{locale}: not translated: {message.id!r}"
        elif message.fuzzy:
            yield f"{locale}: marked as unsure: {message.id!r}"
        for error in message.check(catalog):
            yield f"{locale}: {error}: {message.id!r}"


def check() -> int:
    found = find()
    sentences = [sentence for locale in LOCALES for sentence in faults(locale, found)]
    print("\n".join(sentences) or "messages: complete")
    return 1 if sentences else 0


COMMANDS: dict[str, Callable[[], int]] = {"extract": extract, "compile": compile_catalogues, "check": check}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(__doc__)
    sys.exit(COMMANDS[sys.argv[1]]())
