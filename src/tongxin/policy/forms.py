from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.policy import schema, words
from tongxin.policy.rules import LEVELS, LONGEST_COMMENT

MOMENT = "%Y-%m-%dT%H:%M"


class AdoptForm(forms.Form):
    """A pack from a moment on, signed by whoever sends this form and has seen what it does."""

    pack = forms.ChoiceField(label=_("Pack"))
    starts_at = forms.DateTimeField(
        label=_("Holds from"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        error_messages={"invalid": _("Write a date and time such as 2022-11-25 08:30.")},
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pack"].choices = pack_choices()  # type: ignore[attr-defined]

    def seal(self) -> str:
        """What was shown when it was asked for: a confirmation counts for that and for nothing else."""
        return f"{self.cleaned_data['pack']} {self.cleaned_data['starts_at']:{MOMENT}}"


class RollBackForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class CommentForm(forms.Form):
    text = forms.CharField(
        label=_("Your comment"), max_length=LONGEST_COMMENT, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Read by those who answer for your place and for the places above it."),
    )  # fmt: skip


class LevelForm(forms.Form):
    level = forms.TypedChoiceField(
        label=_("Response level"), coerce=int, choices=[(n, words.LEVELS[n]) for n in LEVELS]
    )  # fmt: skip
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


def pack_choices() -> list[tuple[str, str]]:
    return [(name, words.name_of(name)) for name in schema.names()]
