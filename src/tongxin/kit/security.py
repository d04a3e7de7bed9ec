"""Jurisdiction in the database: grants and row-level-security policies, made from what the models declare.

A model with ``JURISDICTION = "column"`` holds operational rows: the web role sees and writes a row only where the place
in that column lies in the user's scope. The scope comes as an envelope (lo, hi), which an index can use, and as a
multirange, which decides. Without a scope there are no rows. ``OPEN_INSERT`` lets the web role add rows anywhere (the
audit trail); ``WEB_GRANT`` narrows what the web role may do to a table, to nothing where it is empty. Partitions are
never granted: reading one directly would by-pass its parent's policy. The jobs role is exempt (BYPASSRLS): PostgreSQL
refuses COPY to a role that policies bind. Applied after every migration; running it again changes nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps

from tongxin.kit import db

WEB_ROLE, JOBS_ROLE = "tongxin_web", "tongxin_jobs"
_LO = "nullif(current_setting('tongxin.lo', true), '')::bigint"
_HI = "nullif(current_setting('tongxin.hi', true), '')::bigint"
_RANGES = "nullif(current_setting('tongxin.ranges', true), '')::int8multirange"
# The envelope stands there plainly, so that the planner sees what it leaves; where it is the whole scope, as it mostly
# is, the multirange need not be asked for every row.
IN_SCOPE = (
    f"{{column}} >= {_LO} AND {{column}} < {_HI} "
    f"AND CASE WHEN (SELECT {_RANGES} = int8multirange(int8range({_LO}, {_HI}))) THEN true "
    f"ELSE (SELECT {_RANGES}) @> {{column}} END"
)


@contextlib.contextmanager
def scope(ranges: Iterable[tuple[int, int]]) -> Iterator[None]:
    """Bind the transaction that is open to a scope: ``[lo, hi)`` ranges of place identifiers. None: nothing is seen."""
    set_scope(ranges)
    yield
    set_scope([])  # after an error the transaction is undone, and the scope with it


def set_scope(ranges: Iterable[tuple[int, int]]) -> None:
    known = sorted(ranges)
    lo = str(known[0][0]) if known else ""
    hi = str(max(h for _, h in known)) if known else ""
    multirange = "{" + ",".join(f"[{a},{b})" for a, b in known) + "}" if known else ""
    db.execute(
        "SELECT set_config('tongxin.lo', %s, true), set_config('tongxin.hi', %s, true),"
        " set_config('tongxin.ranges', %s, true)",
        [lo, hi, multirange],
    )


def apply(cursor: Any) -> None:
    """Give every table its grants and policies. Run as the owner, after the migrations."""
    owned = {m._meta.db_table: m for m in apps.get_models(include_auto_created=True)}
    cursor.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    )
    for (table,) in cursor.fetchall():
        model = owned.get(table)
        grant = getattr(model, "WEB_GRANT", "SELECT, INSERT, UPDATE, DELETE")
        cursor.execute(f'REVOKE ALL ON "{table}" FROM {WEB_ROLE}')
        if grant:
            cursor.execute(f'GRANT {grant} ON "{table}" TO {WEB_ROLE}')
        cursor.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON "{table}" TO {JOBS_ROLE}')
        if column := getattr(model, "JURISDICTION", None):
            _policies(cursor, table, column, getattr(model, "OPEN_INSERT", False))
    cursor.execute(f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {WEB_ROLE}, {JOBS_ROLE}")


def _policies(cursor: Any, table: str, column: str, open_insert: bool) -> None:
    within = IN_SCOPE.format(column=column)
    cursor.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    cursor.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    wanted = {
        "tongxin_scope": f"FOR ALL TO {WEB_ROLE} USING ({within}) WITH CHECK ({within})",
        "tongxin_owner": "FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)",
    }
    if open_insert:
        wanted["tongxin_open_insert"] = f"FOR INSERT TO {WEB_ROLE} WITH CHECK (true)"
    for name, text in wanted.items():
        cursor.execute(f'DROP POLICY IF EXISTS {name} ON "{table}"')
        cursor.execute(f'CREATE POLICY {name} ON "{table}" {text}')
