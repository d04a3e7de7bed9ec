"""A process that loads files and prints what it took: ``python -m tongxin.bench.child SCANS REPORTS``."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.config.settings")
    django.setup()
    from tongxin.kit import db, imports
    from tongxin.screening.loaders import ReportLoader, ScanLoader

    times, accepted = [], 0
    with db.acting_as_jobs():
        for loader, path in zip((ScanLoader(), ReportLoader()), sys.argv[1:], strict=True):
            started = time.perf_counter()
            accepted += imports.take_in(loader, Path(path), "bench").accepted
            times.append(time.perf_counter() - started)
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"seconds": sum(times), "scans_s": times[0], "reports_s": times[1], "rss_mib": rss, "accepted": accepted}
        )
    )


if __name__ == "__main__":
    main()
