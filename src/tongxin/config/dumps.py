"""Dumps that can be trusted: each has a manifest of every table's rows, taken from the same snapshot.

The manifest also carries the fingerprint of the encryption key, never the key: a dump restored beside
another key would be a city of unreadable names.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo, sql

from tongxin.config import databases, hosting
from tongxin.config.embedded import load_key, load_secrets

# Tables of users, partitions one by one; those of extensions come with their extension.
_TABLES = """
SELECT c.oid, n.nspname, c.relname
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND NOT EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
 ORDER BY 2, 3
"""

# The same text of a row whatever the session's habits, or the checksums would differ.
_FIXED_TEXT = """
SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL search_path = pg_catalog
"""

Manifest = dict[str, Any]


class DumpError(Exception):
    """A dump cannot be made, or must not be or was not restored; one sentence with the remedy."""


def manifest_path(path: Path) -> Path:
    """The manifest that belongs to a dump."""
    return path.with_name(path.name + ".json")


def backup(owner_url: str, path: Path, home: Path, bin_dir: Path | None = None) -> Manifest:
    """Dump the database to ``path`` and its manifest beside it, both 0600; returns the manifest.

    ``bin_dir`` holds pg_dump; by default the one on PATH that fits the server, else the wheel's.
    A failure leaves an earlier dump at ``path`` as it was. Raises DumpError.

    A superuser dumps every row. For another owner the policies of row security decide; the tables where they
    did are in the manifest as ``filtered``, and whoever calls should say so.
    """
    key = load_key(home)
    with psycopg.connect(owner_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        [(snapshot, made_at)] = connection.execute("SELECT pg_export_snapshot(), now()").fetchall()
        server = connection.info.server_version // 10000
        tool = _tool("pg_dump", server, bin_dir)
        with _replacing(path) as part:
            options = ["-Fc", "--no-owner", "--enable-row-security", f"--snapshot={snapshot}", f"--file={part}"]
            _run(tool, owner_url, *options)
            manifest = {
                "format": 1,
                "made_at": made_at.isoformat(),
                "server": server,
                "tool": _major(tool),
                "key_fingerprint": fingerprint(key),
                "dump_sha256": _sha256(part),
                "filtered": _filtered(connection),
                "tables": table_sums(connection),
            }
    with _replacing(manifest_path(path)) as part:
        part.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
    return manifest


def restore(owner_url: str, path: Path, home: Path, bin_dir: Path | None = None, *, force: bool = False) -> Manifest:
    """Restore a dump into an empty database and compare every table with the manifest, which is returned.

    ``force`` deletes what the database holds, after all other checks. Raises DumpError; when pg_restore itself
    fails the database is left empty, as it works in one transaction.
    """
    manifest = _read_manifest(path)
    _check_key(manifest, home)
    if _sha256(path) != manifest["dump_sha256"]:
        raise DumpError(
            f"{path} is damaged or not the dump of its manifest: copy both again from where they were made."
        )
    with psycopg.connect(owner_url) as connection:
        server = connection.info.server_version // 10000
        if connection.execute(_TABLES).fetchone():
            if not force:
                raise DumpError(
                    f"The database {connection.info.dbname} is not empty: restore into a new one, or force."
                )
            _empty(connection)
    tool = _tool("pg_restore", max(server, manifest["tool"]), bin_dir)
    databases.create_roles(owner_url, load_secrets(home))  # the dump grants to them
    _run(tool, owner_url, "--no-owner", "--exit-on-error", "--single-transaction", str(path))
    with psycopg.connect(owner_url) as connection:
        found = table_sums(connection)
    expected = manifest["tables"]
    if wrong := sorted(name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)):
        raise DumpError(f"The restored database differs from the dump in {', '.join(wrong)}: do not use it.")
    return manifest


def fingerprint(key: bytes) -> str:
    """Sixteen hex digits that tell one encryption key from another without giving it away."""
    return hashlib.sha256(key).hexdigest()[:16]


def table_sums(connection: psycopg.Connection) -> dict[str, dict[str, Any]]:
    """Rows and checksum of every table; the checksum does not depend on the order of the rows.

    Fixes the settings that shape a row's text until the current transaction ends.
    """
    connection.execute(_FIXED_TEXT)
    query = sql.SQL(
        "SELECT count(*), coalesce(sum(hashtextextended((tongxin_row.*)::text, 0)), 0)::text FROM {} AS tongxin_row"
    )
    sums = {}
    for _, schema, table in connection.execute(_TABLES).fetchall():
        [(rows, checksum)] = connection.execute(query.format(sql.Identifier(schema, table))).fetchall()
        sums[f"{schema}.{table}"] = {"rows": rows, "checksum": checksum}
    return sums


def _filtered(connection: psycopg.Connection) -> list[str]:
    query = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND row_security_active(oid) ORDER BY 1"
    return [name for (name,) in connection.execute(query)]


def _read_manifest(path: Path) -> Manifest:
    manifest = manifest_path(path)
    try:
        found = json.loads(manifest.read_text())
    except FileNotFoundError:
        raise DumpError(f"The dump has no manifest: put {manifest.name} beside {path}.") from None
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("format") != 1:
        raise DumpError(f"{manifest} is damaged or of a later version: copy it again from where it was made.")
    return found


def _check_key(manifest: Manifest, home: Path) -> None:
    wanted, where = manifest["key_fingerprint"], home / "encryption.key"
    try:
        key = load_key(home, create=False)
    except FileNotFoundError:
        raise DumpError(
            f"The encryption key is missing: put the key file that was in use when the dump was made at {where}"
            f" (fingerprint {wanted})."
        ) from None
    if fingerprint(key) != wanted:
        raise DumpError(
            f"The dump was made with another encryption key: put that key file (fingerprint {wanted}) at {where}."
        )


def _empty(connection: psycopg.Connection) -> None:
    """Drop all schemas of users and put back the ``public`` of a new database."""
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'"
    for (name,) in connection.execute(schemas).fetchall():
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
    connection.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner; GRANT USAGE ON SCHEMA public TO PUBLIC")


def _tool(name: str, version: int, bin_dir: Path | None) -> Path:
    """A program of at least that major version: PATH's first, else the wheel's nearest."""
    if bin_dir is not None:
        return bin_dir / name
    on_path = shutil.which(name)
    wheel = [programs / name for _, programs in sorted(hosting.wheel_programs().items())]
    for tool in [*([Path(on_path)] if on_path else []), *wheel]:
        if _major(tool) >= version:
            return tool
    raise DumpError(f"No {name} for PostgreSQL {version} was found: put the one of version {version} on PATH.")


def _major(tool: Path) -> int:
    said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(found[1]) if found else 0


def _run(tool: Path, url: str, *options: str) -> None:
    """Run the program on the database; the password goes by the environment, which other users cannot read."""
    where = conninfo.conninfo_to_dict(url)
    password = where.pop("password", None)
    env = os.environ | {"LC_ALL": "C"} | ({"PGPASSWORD": str(password)} if password else {})
    command = [str(tool), *options, "--no-password", f"--dbname={conninfo.make_conninfo('', **where)}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", env=env, check=False)
    except OSError as error:
        raise DumpError(f"{tool} cannot be run ({error.strerror}): put {tool.name} there.") from error
    if done.returncode != 0:
        said = "; ".join(done.stderr.strip().splitlines()[-3:])
        raise DumpError(f"{tool.name} stopped, saying “{said}”: remove the cause and run it again.")


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A new file (0600) that takes the place of ``path`` when all went well and is on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    part = Path(name)
    try:
        yield part
        with open(part, "rb") as file:
            os.fsync(file.fileno())
        part.replace(path)
        hosting.sync_directory(path.parent)
    finally:
        part.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
