"""What the worklist and the imports page show of the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongxin.kit import db, imports
from tongxin.kit.audit import Because
from tongxin.kit.tables import BadTable
from tongxin.ledgers.loaders import HospitalLoader, LedgerLoader, SheetLoader
from tongxin.ledgers.queries import entries
from tongxin.places.models import Place
from tongxin.places.queries import root
from tongxin.web import subjects, uploads
from tongxin.web.subjects import Link


def people(ids: Collection[int], user: Any) -> dict[int, Link]:
    """People on the ledger, for those who see it."""
    if not user.may("ledger.view"):
        return {}
    found = {
        key: Link(name, reverse("ledgers:person", args=[key]), place, door or "")
        for key, name, place, door in entries.names(list(ids), user.may("ledger.sensitive"))
    }
    # Somebody who needs help need not be on the ledger.
    others = subjects.links([("person", key) for key in set(ids) - set(found)], user)
    return {**{key: link for (_kind, key), link in others.items()}, **found}


def places(ids: Collection[int], user: Any) -> dict[int, Link]:
    """Communities whose entries need owners."""
    if not user.may("ledger.view"):
        return {}
    url = f"{reverse('ledgers:ledger')}?only=ownerless&place="
    return {key: Link(name, f"{url}{key}", key) for key, name in Place.objects.filter(pk__in=ids).values_list("pk", "name")}


def _taker(loader: Callable[[], SheetLoader]) -> uploads.Take:
    def take(path: Path, name: str, user: Any) -> int | None:
        """A list may hold people of any place, so only who answers for all of them may give one in."""
        with db.acting_as_jobs():
            whole = root()
            if not any(lo <= whole < hi for lo, hi in user.ranges()):
                raise uploads.BadUpload(_("Only who answers for the whole city can take in files."))
            one = loader()
            one.because = Because(user.actor)
            try:
                return imports.take_in(one, path, user.actor, name=name, place_id=whole).run
            except BadTable as error:
                raise uploads.BadUpload(str(error)) from None

    return take


def offer_uploads() -> None:
    for label, loader in ((gettext_lazy("Ledger"), LedgerLoader), (gettext_lazy("Hospital's list"), HospitalLoader)):
        columns = ", ".join(f.synonyms[0] for f in loader.fields if f.synonyms)
        uploads.register(loader.kind, label, _taker(loader), columns)
