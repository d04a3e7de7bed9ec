"""The commands, and the contract that all keep: exit codes, one sentence for an error, where the database is."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import typer

from tongxin.cli import accounts, addresses, benching, clocks, database, demo, exporting, loading, needs, packs, risk_areas, serving

DONE, REJECTED, WRONG_USE, NO_DATABASE = 0, 1, 2, 3

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Tongxin 同心")
app.add_typer(database.app, name="db")
app.command("load")(loading.load)
app.command("export")(exporting.export)
app.add_typer(accounts.users, name="user")
app.add_typer(accounts.tokens, name="token")
accounts.tokens.command("add-hook")(needs.add_hook)
accounts.tokens.command("end-hook")(needs.end_hook)
app.add_typer(packs.app, name="policy")
app.add_typer(clocks.app, name="clock")
app.command("situation")(risk_areas.situation)
app.command("sweep")(clocks.sweep)
app.command("bench")(benching.bench)
app.command("parse-addresses")(addresses.parse_addresses)
app.command("serve")(serving.serve)
app.command("worker")(serving.worker)
app.command("demo")(demo.demo)


def run() -> None:
    """Run the program. Errors are one sentence on standard error; ``--debug`` shows where they come from."""
    debug = "--debug" in sys.argv
    if debug:
        sys.argv.remove("--debug")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.config.settings")
    try:
        app(standalone_mode=True)
    except SystemExit:
        raise
    except KeyboardInterrupt:
        _end("stopped; what was finished is kept, and the same command goes on from there", 130)
    except Exception as error:
        if debug:
            raise
        _end(*_explain(error))


def _explain(error: Exception) -> tuple[str, int]:
    import psycopg
    from django.db import InterfaceError, OperationalError

    from tongxin.config.databases import DatabaseUrlError
    from tongxin.config.dumps import DumpError
    from tongxin.config.embedded import EmbeddedServerError
    from tongxin.kit.errors import UserError
    from tongxin.kit.tables import BadTable
    from tongxin.policy.decisions import Refused

    if isinstance(error, EmbeddedServerError | OperationalError | InterfaceError | psycopg.OperationalError):
        first = str(error).strip().splitlines()[0] if str(error).strip() else "no answer"
        return f"the database cannot be reached ({first}); run `tongxin db up`, or check DATABASE_URL", NO_DATABASE
    if isinstance(error, UserError | BadTable | DatabaseUrlError | DumpError | Refused | OSError | LookupError):
        return str(error), WRONG_USE
    return f"{type(error).__name__}: {error} (run again with --debug to see where)", WRONG_USE


def _end(message: str, code: int) -> NoReturn:
    print(f"tongxin: {message}", file=sys.stderr)
    sys.exit(code)
