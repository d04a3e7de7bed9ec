"""Ask for a code, type it, say who one is, object, leave. All of it is the jobs role's, for a resident has no scope: each
operation finds its visit by the cookie, and acts for the one person of that visit."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from tongxin.areas.models import Objection
from tongxin.areas.operations import upkeep
from tongxin.kit import audit, clock, crypto, db
from tongxin.kit.audit import Because
from tongxin.messages.operations import Text, send_at_once
from tongxin.people import queries as people
from tongxin.people.models import Person
from tongxin.policy.decisions import N_, Refused
from tongxin.policy.queries import BASE, pack_of_city
from tongxin.policy.schema import load
from tongxin.resident import rules
from tongxin.resident.models import Plea, Visit
from tongxin.resident.queries.record import Resident, digest
from tongxin.restrictions.models import Restriction

ACTOR = "resident"


class Terms(NamedTuple):
    """For how long a code is valid, and how often one may try."""

    valid: dt.timedelta
    most: int


def terms() -> Terms:
    """The same for everybody: a pack of the place where somebody lives would tell that they are known."""
    pack = pack_of_city(clock.now()) or load(BASE)
    return Terms(pack.hours("access.code_valid"), pack.number("access.code_tries"))


def ask(text: str, now: dt.datetime) -> str:
    """Begin a visit with an identity or a phone number: the token of its cookie. Whoever is known by it is sent a code; for
    a number that nobody has, everything else happens just the same. Raises Refused."""
    number, by_identity = rules.number_of(text)
    token, key = secrets.token_urlsafe(32), crypto.lookup_hash(number)
    with db.acting_as_jobs(), db.transaction_block():
        says = terms()
        db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"visit {(key or b'').hex()}"])
        lately = Visit.objects.filter(number_hash=key, asked_at__gt=now - rules.DAY)
        rules.check_can_ask(list(lately.values_list("asked_at", flat=True)), now, says.valid, says.most)
        known = people.by_identity(number) if by_identity else people.by_phone(number)
        sent = _codes([p for p in known if p.phone and not p.provisional], says.valid)
        codes = [[_hash(token, code), persons] for code, persons, _said in sent]
        Visit.objects.create(token_hash=digest(token), number_hash=key, by_identity=by_identity, codes=codes, asked_at=now)
    send_at_once([said for _code, _persons, said in sent])
    return token


def _codes(known: Sequence[Person], valid: dt.timedelta) -> list[tuple[str, list[int], Text]]:
    """A code for each phone, with whose phone it is, and the words that go there by the channel of their home."""
    phones: dict[str, list[Person]] = {}
    for person in known:
        phones.setdefault(crypto.decrypt(person.phone), []).append(person)
    made = []
    for phone, people_of_it in phones.items():
        code = f"{secrets.randbelow(10**rules.DIGITS):0{rules.DIGITS}d}"
        made.append((code, [p.pk for p in people_of_it], Text(people_of_it[0].place_id, phone, _text(code, valid))))
    return made


def _hash(token: str, code: str) -> str:
    return (crypto.lookup_hash(f"one-time code {digest(token).hex()} {code}") or b"").hex()


def _text(code: str, valid: dt.timedelta) -> str:
    told = {"code": code, "minutes": round(valid / dt.timedelta(minutes=1))}
    return _("Tongxin: %(code)s is your code, valid for %(minutes)s minutes. Nobody from the community will ask you for it.") % told


def redeem(token: str, code: str, now: dt.datetime) -> str:
    """Type the code: the token of the visit from now on. Whoever began with an identity number of their own is in; with a
    phone one must still say who one is. Raises Refused."""
    with db.acting_as_jobs():
        says = terms()
        with db.transaction_block():
            visit = _locked(token)
            rules.check_is_open(_waiting(visit), visit.tries if visit else 0, now, says.valid, says.most)
            assert visit is not None
            typed = _hash(token, "".join(code.split()))
            candidates = next((persons for known, persons in visit.codes if hmac.compare_digest(known, typed)), None)
            visit.tries += 1
            if candidates is not None:
                token = _prove(visit, candidates, now)
            visit.save()
        if candidates is None:  # said after the attempt was counted
            raise rules.wrong(visit.tries, says.most)
    return token


def _waiting(visit: Visit | None) -> dt.datetime | None:
    """When the code was asked for that still waits to be typed."""
    return visit.asked_at if visit and not visit.proven_at and not visit.ended_at else None


def _prove(visit: Visit, candidates: Sequence[int], now: dt.datetime) -> str:
    """The code was right: it is used up, and so is the cookie with which it was asked for."""
    token = secrets.token_urlsafe(32)
    visit.token_hash, visit.codes, visit.candidates = digest(token), [], list(candidates)
    visit.proven_at, visit.tries = now, 0
    if visit.by_identity and len(candidates) == 1:
        _enter(visit, candidates[0], now)
    return token


def identify(token: str, born: dt.date, last_four: str, now: dt.datetime) -> None:
    """Say who one is of those behind the phone: by the date of birth; of two born on one day by the end of the identity
    number too. Raises Refused; what it says is the same whoever else there is."""
    with db.acting_as_jobs():
        says = terms()
        with db.transaction_block():
            visit = _locked(token)
            proven = visit.proven_at if visit and visit.person_id is None and not visit.ended_at else None
            rules.check_is_open(proven, visit.tries if visit else 0, now, says.valid, says.most)
            assert visit is not None
            found = list(Person.objects.filter(pk__in=visit.candidates, birth_date=born))
            if last_four:
                found = [p for p in found if crypto.decrypt(p.id_number)[-4:].upper() == last_four.upper()]
            visit.tries += 1
            if len(found) == 1:
                _enter(visit, found[0].pk, now)
            visit.save()
        if len(found) != 1:
            if visit.tries >= says.most:
                raise rules.wrong(visit.tries, says.most)
            raise Refused(NOT_CLEAR)


NOT_CLEAR = N_(
    "Nobody can be told for sure by that. Check the date, and write the last four characters of your identity number too; "
    "or begin again with your identity number."
)


def _enter(visit: Visit, person_id: int, now: dt.datetime) -> None:
    visit.person_id, visit.entered_at, visit.candidates = person_id, now, []
    place = Person.objects.filter(pk=person_id).values_list("place_id", flat=True).first()
    audit.record(Because(ACTOR), "resident.entered", "person", person_id, place)


def _locked(token: str) -> Visit | None:
    return Visit.objects.select_for_update().filter(token_hash=digest(token)).first() if token else None


def leave(token: str, now: dt.datetime) -> None:
    """End a visit; its cookie opens nothing any more."""
    with db.acting_as_jobs():
        Visit.objects.filter(token_hash=digest(token), ended_at=None).update(ended_at=now, codes=[], candidates=[])


def object_to(me: Resident, restriction_id: int, text: str) -> Objection:
    """Object to something that limits oneself: once for each, until it is answered. Raises Refused, with the same words for
    what limits somebody else as for what is not there."""
    with db.acting_as_jobs(), db.transaction_block():
        limit = Restriction.objects.select_for_update().filter(
            pk=restriction_id, subject_kind="person", subject_id=me.person_id, released_at=None
        )
        if not limit.exists():
            raise Refused(N_("That does not limit you any more."))
        mine = Objection.objects.filter(restriction_id=restriction_id, person_id=me.person_id, answered_at=None)
        if mine.exists():
            raise Refused(N_("You have objected to this already; it is being answered."))
        return upkeep.object_to(restriction_id, text, clock.now(), Because(ACTOR))


def forget(_now: dt.datetime) -> int:
    """Delete the visits and pleas of yesterday (the clock's work; visits run on the time of the machine)."""
    old = dt.datetime.now(dt.UTC) - rules.DAY
    Plea.objects.using(db.alias()).filter(sent_at__lt=old).delete()
    return Visit.objects.using(db.alias()).filter(asked_at__lt=old).delete()[0]
