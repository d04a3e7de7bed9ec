"""Files given in on the imports page: the same loaders as on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxin.kit import db, imports
from tongxin.kit.tables import BadTable
from tongxin.people.register import PeopleLoader
from tongxin.places.queries import root
from tongxin.screening.loaders import HandoverLoader, ReportLoader, RoundLoader, ScanLoader
from tongxin.web import uploads

KINDS = (
    (gettext_lazy("Register"), PeopleLoader),
    (gettext_lazy("Rolls of rounds"), RoundLoader),
    (gettext_lazy("Scans"), ScanLoader),
    (gettext_lazy("Laboratory reports"), ReportLoader),
    (gettext_lazy("Hand-overs"), HandoverLoader),
)


def _taker(loader: Callable[[], Any]) -> uploads.Take:
    def take(path: Path, name: str, user: Any) -> int | None:
        """A file may hold rows of any place, so only who answers for all of them may give one in."""
        with db.acting_as_jobs():
            whole = root()
            if not any(lo <= whole < hi for lo, hi in user.ranges()):
                raise uploads.BadUpload(_("Only who answers for the whole city can take in files."))
            try:
                return imports.take_in(loader(), path, user.actor, name=name, place_id=whole).run
            except BadTable as error:
                raise uploads.BadUpload(str(error)) from None

    return take


def register() -> None:
    for label, loader in KINDS:
        columns = ", ".join(c.aliases[0] if c.aliases else c.name for c in loader.columns)
        uploads.register(loader.kind, label, _taker(loader), columns)
