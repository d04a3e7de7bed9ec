"""The API as one: version 1, described at /api/v1/docs and /api/v1/openapi.json."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import NinjaAPI

from tongxin import __version__
from tongxin.messages.api import router as messages
from tongxin.needs.api import router as needs
from tongxin.screening.api import router as screening

api = NinjaAPI(title="Tongxin", version=__version__, urls_namespace="api")
api.add_router("", screening)
api.add_router("", messages)
api.add_router("", needs)


@api.get("/health", tags=["server"], summary="Whether the server and its database answer")
def health(request: HttpRequest) -> dict[str, str]:
    from tongxin.kit import db

    db.rows("SELECT 1")
    return {"status": "ok"}
