"""The pages of what knows no domain: imports and the audit trail."""

from tongxin.kit.views.audit import trail
from tongxin.kit.views.imports import imports, rejects, run

__all__ = ["imports", "rejects", "run", "trail"]
