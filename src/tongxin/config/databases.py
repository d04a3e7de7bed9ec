"""Which database, as which role: libpq URLs from ``DATABASE_URL`` or from the embedded server."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from psycopg import conninfo, sql

from tongxin.config.embedded import ROLES, EmbeddedServer, Progress, default_home, load_secrets

# What identifies the owner must not go into the URL of another role.
_OF_THE_OWNER = {"user", "password", "passfile", "sslcert", "sslkey", "sslpassword"}


class DatabaseUrlError(ValueError):
    """DATABASE_URL cannot be used; the message says what to write and never repeats its password."""


def resolve(env: Mapping[str, str]) -> dict[str, str]:
    """libpq URLs under ``owner``, ``web`` and ``jobs``; starts nothing.

    Raises DatabaseUrlError when DATABASE_URL cannot be read.
    """
    home = default_home(env)
    owner = env.get("DATABASE_URL")
    if not owner:
        server = EmbeddedServer(home)
        return {role: server.url(role) for role in ROLES}
    passwords = load_secrets(home)
    return {"owner": owner} | {role: _as_role(owner, role, passwords[role]) for role in ("web", "jobs")}


def ensure_running(env: Mapping[str, str], progress: Progress | None = None) -> EmbeddedServer | None:
    """Start the embedded server and create its database; with DATABASE_URL nothing is done and None returned."""
    if env.get("DATABASE_URL"):
        return None
    server = EmbeddedServer(default_home(env))
    server.start(progress)
    server.ensure_database()
    return server


def create_roles(owner_url: str, secrets: Mapping[str, str]) -> None:
    """Create or update the login roles of web and jobs; what they may do with tables is granted by migrations.

    Needs CREATEROLE, and the right to give BYPASSRLS (a superuser's) unless the role of jobs has it already.
    Raises psycopg.Error, among others when a role is a superuser and the owner is not.
    """
    with psycopg.connect(owner_url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('tongxin roles'))")
        for role in ("web", "jobs"):
            _create_role(connection, ROLES[role], secrets[role])


def _create_role(connection: psycopg.Connection, name: str, password: str) -> None:
    role, database = sql.Identifier(name), sql.Identifier(connection.info.dbname)
    # Hashed here, so that the password itself reaches neither the server's log nor its statistics.
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    query = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = %s"
    found = connection.execute(query, [name]).fetchone()
    # PostgreSQL does not COPY into a table whose policies bind the role, and COPY is what bulk work lives by.
    bypass = name == ROLES["jobs"]
    if found is None:
        connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    if (found or (False, False)) != (False, bypass):  # only then, as only a superuser may mention these two
        kind = sql.SQL("BYPASSRLS" if bypass else "NOBYPASSRLS")
        connection.execute(sql.SQL("ALTER ROLE {} NOSUPERUSER {}").format(role, kind))
    for statement in (
        sql.SQL("ALTER ROLE {} LOGIN NOCREATEDB NOCREATEROLE PASSWORD {}").format(role, sql.Literal(verifier)),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role),
    ):
        connection.execute(statement)


def django_database(url: str) -> dict[str, Any]:
    """An entry of Django's DATABASES for a libpq URL; how long connections live is the caller's decision."""
    found = _parse(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": found.pop("dbname"),
        "USER": found.pop("user", ""),
        "PASSWORD": found.pop("password", ""),
        "HOST": found.pop("host", ""),
        "PORT": found.pop("port", ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": found,
    }


def _as_role(owner_url: str, role: str, password: str) -> str:
    found = {name: value for name, value in _parse(owner_url).items() if name not in _OF_THE_OWNER}
    database = quote(found.pop("dbname"), safe="")
    # Host and port stand in the query, where a socket's directory and a list of hosts are as good as a name.
    return f"postgresql://{ROLES[role]}:{quote(password, safe='')}@/{database}?{urlencode(found, quote_via=quote)}"


def _parse(url: str) -> dict[str, str]:
    """libpq's parameters; the database is always named, as libpq's default would be the role's name."""
    example = "postgresql://user:password@host:5432/tongxin"
    try:
        found = {name: str(value) for name, value in conninfo.conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError:
        raise DatabaseUrlError(f"DATABASE_URL cannot be read as a libpq URL: write it like {example}.") from None
    if not found.get("dbname"):
        raise DatabaseUrlError(f"DATABASE_URL names no database: write it like {example}.")
    return found
