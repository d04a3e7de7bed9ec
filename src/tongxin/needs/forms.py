"""What people tell about needs: what one is, what became of it, why."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.areas.forms import MomentField
from tongxin.needs import kinds, words
from tongxin.needs.kinds import CHANNELS, KINDS, ROUTINE, URGENCIES
from tongxin.needs.rules import CALL_BACK, MAX_TEXT, MAX_WORD

_LINES = {"rows": 2}
_PLAIN = {"autocomplete": "off"}
ASK = "ask_"
"""What stands before the names of a kind's own questions."""


class SeenForm(forms.Form):
    """Something done with a need as it was seen (``version``): two operators never overwrite each other."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class QuestionsForm(forms.Form):
    """What a need is: its kind, how urgent, its topic, and the questions of the kind that is chosen."""

    kind = forms.ChoiceField(label=_("Kind"), choices=[(k.key, k.label) for k in KINDS])
    urgency = forms.TypedChoiceField(
        label=_("How urgent"), choices=list(URGENCIES.items()), coerce=int, widget=forms.RadioSelect, empty_value=ROUTINE
    )
    topic = forms.ChoiceField(label=_("Topic"), required=False)

    def __init__(self, *args: Any, kind: str = "", topic: str = "", **kwargs: Any) -> None:
        """``kind`` is the one whose questions are asked where the form itself does not say."""
        super().__init__(*args, **kwargs)
        told = self.data.get(self.add_prefix("kind")) if self.is_bound else self.initial.get("kind")
        self.chosen = kinds.get(str(told or kind or "other"))
        topics = {**words.TOPICS, **({topic: words.of(words.TOPICS, topic)} if topic else {})}
        self.fields["topic"].choices = [("", "–"), *topics.items()]  # type: ignore[attr-defined]
        for ask in self.chosen.asks:
            self.fields[ASK + ask.name] = forms.CharField(
                label=ask.label, required=ask.required and not self.in_a_hurry, max_length=1000,
                widget=forms.Textarea(attrs=_LINES) if ask.long else forms.TextInput(attrs=_PLAIN),
            )  # fmt: skip

    in_a_hurry = False
    """Whether it is the rules, which let an emergency pass, that say what must be asked first."""

    @property
    def asks(self) -> list[forms.BoundField]:
        return [self[ASK + ask.name] for ask in self.chosen.asks]

    def details(self) -> dict[str, str]:
        """The answers of the form, by the names of ``kinds.Ask``."""
        told = {ask.name: self.cleaned_data.get(ASK + ask.name, "").strip() for ask in self.chosen.asks}
        return {name: value for name, value in told.items() if value}


class ConfirmForm(QuestionsForm, SeenForm):
    """What an operator says that a need is; ``spot`` is ``PLACE`` or ``PLACE:HOME``, ``who`` the number of a person's row."""

    spot = forms.CharField(max_length=60, required=False)
    who = forms.CharField(max_length=20, required=False)
    q = forms.CharField(label=_("Address or name of a place"), max_length=200, required=False,
                        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "和苑1号楼1单元301"}))  # fmt: skip


class TakeForm(QuestionsForm):
    """A need that is told: on the telephone, at the door. Who tells it waits: what is not known may stay empty."""

    in_a_hurry = True
    ref = forms.CharField(max_length=64, widget=forms.HiddenInput)
    phone = forms.CharField(
        label=_("Number of the caller"), max_length=20, required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "inputmode": "tel"}),
    )  # fmt: skip
    name = forms.CharField(label=_("Name of the caller"), max_length=60, required=False, widget=forms.TextInput(attrs=_PLAIN))
    text = forms.CharField(
        label=_("What is needed, in the caller's words"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 6})
    )
    q = forms.CharField(
        label=_("Where help is needed, if not at the caller's home"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "和苑1号楼1单元301"}),
    )  # fmt: skip
    spot = forms.CharField(max_length=60, required=False)
    who = forms.CharField(max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, empty in (("kind", _("as the words suggest")), ("urgency", _("as the words suggest"))):
            field = self.fields[name]
            field.required = False
            field.choices = [("", empty), *[c for c in field.choices if c[0] != ""]]  # type: ignore[attr-defined]
        self.fields["urgency"].empty_value = None  # type: ignore[attr-defined]
        if not self.is_bound:
            self.initial.setdefault("ref", uuid.uuid4().hex)


class LetterForm(TakeForm):
    """A letter of request (协查函): another city asks for something for somebody here. Its number counts once."""

    sender = forms.CharField(label=_("City that asks"), max_length=60, widget=forms.TextInput(attrs=_PLAIN))
    number = forms.CharField(label=_("Number of their letter"), max_length=60, widget=forms.TextInput(attrs=_PLAIN))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ref"].required = False
        self.fields["text"].label = _("What they ask for, and for whom")
        self.fields["phone"].label = _("Number to call back")
        self.fields["name"].label = _("Who signed")
        self.fields["q"].label = _("Where it is")

    @property
    def reference(self) -> str:
        return f"{self.cleaned_data['sender'].strip()} {self.cleaned_data['number'].strip()}"


class CloseForm(SeenForm):
    """Whose word closes a need, and how satisfied they are."""

    way = forms.ChoiceField(
        label=_("How the word came"), choices=list(words.WAYS.items()), widget=forms.RadioSelect, initial=CALL_BACK
    )
    satisfaction = forms.TypedChoiceField(
        label=_("How satisfied"), choices=[("", _("not asked")), *words.SATISFACTION.items()], coerce=int, empty_value=None,
        required=False,
    )  # fmt: skip
    reason = forms.CharField(
        label=_("What was said, or the deputy's reason"), max_length=500, required=False, widget=forms.Textarea(attrs=_LINES)
    )


class ReasonForm(SeenForm):
    """Why something is done with a need."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs=_LINES))


class FinishForm(SeenForm):
    note = forms.CharField(label=_("What was done"), max_length=1000, required=False, widget=forms.Textarea(attrs=_LINES))


class NoteForm(SeenForm):
    text = forms.CharField(label=_("What was said or done"), max_length=2000, widget=forms.Textarea(attrs=_LINES))


class PromiseForm(SeenForm):
    """What the caller was told that they can rely on."""

    at = MomentField(label=_("Until when"))
    what = forms.CharField(label=_("What was promised"), max_length=500, widget=forms.TextInput(attrs=_PLAIN))
    watch = forms.BooleanField(label=_("The next shift should watch it"), required=False)


class WordForm(forms.Form):
    """A word of the glossary."""

    text = forms.CharField(label=_("Word"), max_length=MAX_WORD, widget=forms.TextInput(attrs=_PLAIN))
    kind = forms.ChoiceField(label=_("Kind"), choices=[(k.key, k.label) for k in KINDS])
    urgency = forms.TypedChoiceField(label=_("Urgency"), choices=list(URGENCIES.items()), coerce=int, initial=ROUTINE)
    topic = forms.CharField(
        label=_("Topic"), max_length=MAX_WORD, required=False, widget=forms.TextInput(attrs={**_PLAIN, "list": "topics"}),
        help_text=_("What two needs share when they are one, such as heating."),
    )  # fmt: skip
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)


class TryForm(forms.Form):
    text = forms.CharField(
        label=_("A text to try"), max_length=MAX_TEXT, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is read and forgotten."),
    )  # fmt: skip


TAKEN_BY_HAND = {key: CHANNELS[key] for key in ("phone", "door", "letter")}
"""The channels of the desk's own page."""
