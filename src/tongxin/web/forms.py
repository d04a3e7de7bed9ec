from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tongxin.web import uploads

LARGEST = 2 * 1024**3  # bytes; larger files are taken in on the command line


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"))
    file = forms.FileField(
        label=_("File"), help_text=_("CSV or XLSX; UTF-8 or GB18030. Larger files: tongxin load KIND FILE."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(k.key, k.label) for k in uploads.kinds()]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is larger than 2 GB. Take it in with: tongxin load KIND FILE"))
        return file
