"""A hotline's list given in on the imports page: the same loaders as on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxin.kit import db, imports
from tongxin.kit.tables import BadTable
from tongxin.needs.loaders import LetterLoader, NeedLoader
from tongxin.web import labels, uploads

KINDS = (
    (gettext_lazy("needs: a hotline's list"), NeedLoader),
    (gettext_lazy("letters of request from other cities"), LetterLoader),
)


def _taker(loader: type[NeedLoader]) -> uploads.Take:
    def take(path: Path, name: str, user: Any) -> int | None:
        """Its needs stand where the user answers, and nowhere else."""
        places = user.places()
        if len(places) != 1 or not user.may("need.act"):
            raise uploads.BadUpload(_("Only who takes in the needs of one place can take in such a list."))
        with db.acting_as_jobs():
            try:
                return imports.take_in(loader(places[0], actor=user.actor), path, user.actor, name=name, place_id=places[0]).run
            except BadTable as error:
                raise uploads.BadUpload(str(error)) from None

    return take


def register() -> None:
    for label, loader in KINDS:
        labels.IMPORT_KINDS[loader.kind] = label
        uploads.register(loader.kind, label, _taker(loader), "、".join(f.shown for f in loader.columns))
