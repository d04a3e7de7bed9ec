"""Forms of an area's course: the terminal disinfection, and what a risk study found of a case."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.areas.forms import MomentField, PhotoForm
from tongxin.areas.views.words import FINDINGS


class DisinfectedForm(PhotoForm):
    """By whom and when, with a picture if there is one."""

    done_by = forms.CharField(label=_("Who disinfected"), max_length=100)
    at = MomentField(label=_("When it was done"))
    field_order = ("done_by", "at", "photo", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        photo = self.fields["photo"]
        photo.required, photo.label, photo.help_text = False, _("Photo, if there is one"), _("JPEG or PNG, 5 MB at most.")

    def clean_photo(self) -> tuple[bytes, str] | None:  # type: ignore[override]
        return super().clean_photo() if self.cleaned_data.get("photo") else None


class StudyForm(forms.Form):
    """What a risk study found of one case; nothing takes an earlier finding back."""

    finding = forms.ChoiceField(
        label=_("What the risk study found"), choices=[("", _("nothing that changes the area")), *FINDINGS.items()], required=False
    )
    ct = forms.FloatField(
        label=_("Lowest Ct value"), required=False, min_value=1, max_value=60, help_text=_("Only of a case from abroad.")
    )
    reason = forms.CharField(label=_("How that is known"), max_length=300, required=False)
