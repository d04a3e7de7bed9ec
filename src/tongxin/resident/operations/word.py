"""The resident's word on a need: more about it, solved, not solved, not needed any more. Each deed looks first whether the need
is the resident's; the words are the same for somebody else's need as for one that is not there."""

from __future__ import annotations

import datetime as dt

from tongxin.kit import crypto, db
from tongxin.kit.audit import Because
from tongxin.needs import queries as needs
from tongxin.needs import rules as need_rules
from tongxin.needs import states, triage
from tongxin.needs.operations import deeds
from tongxin.needs.operations.intake import Raised
from tongxin.policy.decisions import N_, Refused
from tongxin.resident import rules
from tongxin.resident.operations.asking import CHANNEL, Answer, take
from tongxin.resident.queries import needs as own
from tongxin.resident.queries.needs import Mine
from tongxin.resident.queries.record import Resident

NOT_YOURS = N_("There is no such request of yours.")


def add(me: Resident, need_id: int, text: str, now: dt.datetime) -> Answer | None:
    """Add a word to a need that is still open. An emergency that is heard in it is answered, for it goes to somebody at once.
    Raises Refused."""
    found, words = _mine(me, need_id), need_rules.check_text(text)
    if found.stands.state not in states.LIVE:
        raise Refused(N_("This has ended. If it is not solved, say so; or ask anew."))
    with db.acting_as_jobs(), db.transaction_block():
        heard = _heard(me, found, words, now)
        if not (heard and heard.silent) and not _said_already(me, found, words):
            deeds.note(None, found.stands.pk, None, words, now, _because(me))
    return heard


def solved(me: Resident, need_id: int, stars: int | None, text: str, now: dt.datetime) -> None:
    """It is solved, with one to five stars. Raises Refused."""
    found = _mine(me, need_id)
    deeds.close(None, found.stands.pk, None, need_rules.REPLY, stars, text, now, _because(me))


def not_solved(me: Resident, need_id: int, missing: str, now: dt.datetime) -> Answer | None:
    """It is not solved: what is missing. An emergency that is heard in it is answered. Raises Refused."""
    found, words = _mine(me, need_id), need_rules.check_text(missing)
    with db.acting_as_jobs(), db.transaction_block():
        heard = _heard(me, found, words, now)
        deeds.reopen(None, found.stands.pk, None, "" if heard and heard.silent else words, now, _because(me))
    return heard


def withdraw(me: Resident, need_id: int, reason: str, now: dt.datetime) -> None:
    """It is not needed any more. Raises Refused."""
    found = _mine(me, need_id)
    rules.check_can_withdraw(found.stands.urgency, found.shared or found.asked.pk != found.stands.pk)
    deeds.withdraw(None, found.stands.pk, None, reason.strip(), now, _because(me))


def _mine(me: Resident, need_id: int) -> Mine:
    if found := own.one(me, need_id):
        return found
    raise Refused(NOT_YOURS)


def _because(me: Resident) -> Because:
    return Because(own.actor(me))


def _said_already(me: Resident, found: Mine, words: str) -> bool:
    """Whether the last word is this one: a button pressed twice."""
    said = [e for e in own.events(found) if e.actor == own.actor(me)]
    return bool(said) and crypto.decrypt(said[-1].note) == words


def _heard(me: Resident, found: Mine, words: str, now: dt.datetime) -> Answer | None:
    """An emergency that comes up later is a need of its own, and somebody's task at once; a silent one stands nowhere else."""
    heard, asked, stands = triage.suggest(words, needs.glossary()), found.asked, found.stands
    known = stands.urgency == need_rules.EMERGENCY and stands.state in (states.NEW, states.OPEN) and stands.kind == heard.kind
    if not heard.emergency or known:
        return None
    ref = f"word-{asked.pk}-{me.person_id}-{(crypto.lookup_hash(words) or b'').hex()}"
    one = Raised(
        CHANNEL, ref, words, now, asked.place_id, phone=own.phone(me), name=me.name, person_id=asked.person_id,
        home_id=asked.home_id,
    )  # fmt: skip
    return take(me, one, now)
