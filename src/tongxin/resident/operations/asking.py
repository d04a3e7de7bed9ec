"""Ask for help: from a visit, quietly, or at the open door without one. Each ends in the one intake of needs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from tongxin.kit import crypto, db
from tongxin.kit.audit import Because
from tongxin.needs import queries as needs
from tongxin.needs import rules as need_rules
from tongxin.needs import triage
from tongxin.needs.models import Caller, Need
from tongxin.needs.operations import intake
from tongxin.needs.operations.intake import Raised
from tongxin.policy.decisions import N_, Refused
from tongxin.resident import rules
from tongxin.resident.models import Plea
from tongxin.resident.operations.visits import ACTOR, terms
from tongxin.resident.queries import needs as mine
from tongxin.resident.queries.record import Resident

CHANNEL, OPEN = "web", "open-"
ME, HOME = "me", "home"
"""For whom: the resident, or somebody behind the same door who is not on file; else the key of a member of the household."""
QUIET_KIND = "violence"


@dataclass(frozen=True)
class Typed:
    """What somebody typed. ``form`` is the number of the form as it was shown: sent twice as it is, it counts once. ``answers``
    are the answers to the questions of the kind, ``reach`` how one wants to be reached, ``phone`` a number for it."""

    form: uuid.UUID
    text: str = ""
    kind: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    whom: str = ME
    reach: str = ""
    phone: str = ""
    urgency: int | None = None

    @property
    def words(self) -> str:
        """All that was said, so that an emergency is heard wherever it was typed. Raises Refused for nothing, or too much."""
        return need_rules.check_text("\n".join(t for t in (self.text.strip(), *self.answers.values(), self.reach) if t))


@dataclass(frozen=True)
class Answer:
    """What became of it: the number of the need, whether it is an emergency, whether it leaves no trace."""

    need_id: int
    emergency: bool
    silent: bool
    kind: str


def ask(me: Resident, typed: Typed, now: dt.datetime) -> Answer:
    """Ask for oneself or for somebody behind the same door. Raises Refused."""
    return _raise(me, typed, now, "", _whom(me, typed.whom), typed.phone or mine.phone(me))


def ask_quietly(me: Resident, typed: Typed, now: dt.datetime) -> Answer:
    """Ask so that nobody at home and nobody nearby notices; even without a word. The number on file is not handed on: only
    one that was said to be safe. Raises Refused."""
    said = Typed(typed.form, typed.text or _("(asked quietly, without a word)"), QUIET_KIND, typed.answers, urgency=typed.urgency)
    return _raise(me, said, now, mine.QUIET, me.person_id, typed.phone)


def _whom(me: Resident, whom: str) -> int | None:
    if whom in (ME, HOME):
        return me.person_id if whom == ME else None
    if found := next((m for m in mine.household(me) if m.key == whom), None):
        return found.person_id
    raise Refused(N_("Choose for whom you ask."))


def _raise(me: Resident, typed: Typed, now: dt.datetime, prefix: str, person: int | None, phone: str) -> Answer:
    words = typed.words
    ref = f"{prefix}{_once(typed, str(me.person_id))}"
    one = Raised(
        CHANNEL, ref, words, now, me.place_id, phone=phone, name=me.name, person_id=person, home_id=me.home_id,
        kind=typed.kind, urgency=typed.urgency, details=typed.answers,
    )  # fmt: skip
    return take(me, one, now)


def take(me: Resident, one: Raised, now: dt.datetime) -> Answer:
    """Hand in what the resident asks. Whoever asks for a mother is the caller, not the mother."""
    with db.acting_as_jobs(), db.transaction_block():
        intake.record([one], now, Because(ACTOR))
        Caller.objects.filter(channel=CHANNEL, source_ref=one.source_ref).update(person_id=me.person_id)
        return _answer(one.source_ref)


def _once(typed: Typed, who: str) -> uuid.UUID:
    """One number for one thing said by one person on one form: whoever goes back and writes something else is heard again."""
    said = (who, typed.kind, typed.whom, typed.phone, typed.words)
    return uuid.uuid5(typed.form, "\0".join(said))


def _answer(ref: str) -> Answer:
    need = Need.objects.get(channel=CHANNEL, source_ref=ref)
    return Answer(need.pk, need.urgency == need_rules.EMERGENCY, need.silent, need.kind)


@dataclass(frozen=True)
class Outside:
    """What somebody typed who has no visit."""

    form: uuid.UUID
    text: str
    phone: str
    address: str
    district: int


def call(typed: Outside, now: dt.datetime, machine_now: dt.datetime) -> Answer:
    """Ask without a visit: as often from one number as codes are sent to it, emergencies always. The answer is the same whether
    the number and the address are known or not. Raises Refused."""
    words, key = need_rules.check_text(typed.text), crypto.lookup_hash(typed.phone)
    said = Typed(typed.form, typed.text, phone=typed.phone, reach=typed.address)
    ref = f"{OPEN}{_once(said, '')}"
    one = Raised(CHANNEL, ref, words, now, typed.district, phone=typed.phone, address=typed.address)
    with db.acting_as_jobs(), db.transaction_block():
        db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"plea {(key or b'').hex()}"])
        if not Need.objects.filter(channel=CHANNEL, source_ref=ref).exists():
            _check_often(key, triage.suggest(words, needs.glossary()).emergency, machine_now)
            intake.record([one], now, Because(ACTOR))
        return _answer(ref)


def _check_often(key: bytes | None, emergency: bool, now: dt.datetime) -> None:
    says = terms()
    lately = Plea.objects.filter(number_hash=key, sent_at__gt=now - rules.DAY)
    rules.check_can_call(list(lately.values_list("sent_at", flat=True)), now, says.valid, says.most, emergency)
    Plea.objects.create(number_hash=key, sent_at=now)
