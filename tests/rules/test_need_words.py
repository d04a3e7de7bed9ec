"""What sounds like violence and is a request to be called."""

from __future__ import annotations

import pytest

from tongxin.needs import glossary, triage


@pytest.mark.parametrize(
    ("text", "kind", "emergency"),
    [
        ("没菜了，请打我电话", "supplies", False),
        ("暖气坏了，好了打我手机", "repair", False),
        ("他打我，不要打我电话", "violence", True),
        ("老公动手打人，我被打了", "violence", True),
        ("一夜被打扰，垃圾没人收", "waste", False),
    ],
)  # fmt: skip
def test_call_my_phone_is_no_violence_and_violence_stays_one(text: str, kind: str, emergency: bool) -> None:
    heard = triage.suggest(text, glossary.compiled())
    assert (heard.kind, heard.emergency) == (kind, emergency)


def test_a_city_may_still_give_such_words_a_meaning() -> None:
    heard = triage.suggest("打我电话", glossary.compiled([glossary.Word("打我电话", "question", 2)]))
    assert heard.kind == "question"
