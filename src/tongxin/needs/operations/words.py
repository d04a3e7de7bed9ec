"""The city's own words: added, changed, switched off; intake reads them at once."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max

from tongxin.kit import audit, db
from tongxin.kit.audit import Because
from tongxin.needs import kinds, rules
from tongxin.needs.glossary import Word
from tongxin.needs.models import GlossaryWord
from tongxin.places import queries as places

TICK = dt.timedelta(microseconds=1)


def keep(word: Word, now: dt.datetime, because: Because) -> Word:
    """Add a word, or let a row of the city stand above the project's own. Raises Refused.

    Each change is later than the one before, also where the city's clock stands still: by that every process knows that
    there is something new (``queries.glossary``).
    """
    text = rules.check_word(word.text, kinds.known(word.kind), word.urgency)
    topic = "".join(c for c in word.topic.strip().lower() if c.isalnum() or c == "_")[: rules.MAX_WORD]
    with db.acting_as_jobs(), db.transaction_block():
        db.execute("SELECT pg_advisory_xact_lock(hashtext('needs.glossary'))")
        last = GlossaryWord.objects.aggregate(last=Max("changed_at"))["last"]
        at = max(now, last + TICK) if last else now
        GlossaryWord.objects.update_or_create(
            text=text,
            defaults={
                "kind": word.kind, "urgency": word.urgency, "topic": topic, "active": word.active, "changed_at": at,
                "changed_by": because.actor,
            },
        )  # fmt: skip
        audit.record(because, "need.glossary", "glossary", text, places.root())
    return Word(text, word.kind, word.urgency, topic, word.active)
