from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class TakeBackForm(forms.Form):
    reason = forms.CharField(label=_("What is wrong with it"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
