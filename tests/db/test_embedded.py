"""The embedded server, the URLs of its roles, and dumps that come back as they were."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tongxin.config import databases, dumps, embedded, hosting
from tongxin.config.embedded import EmbeddedServer

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="concerns a server that root starts")

START = """
import sys; from tongxin.config.embedded import *
server = EmbeddedServer(Path(sys.argv[1])); server.start(); print(server.pid())"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """A running server with the database and the roles, for tests that leave it running."""
    server = EmbeddedServer(tmp_path_factory.mktemp("city") / "home")
    try:
        server.start()
        server.ensure_database()
        databases.create_roles(server.url(), embedded.load_secrets(server.home))
        yield server
    finally:
        server.destroy()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A server of a home that does not exist yet."""
    server = EmbeddedServer(tmp_path / "other")
    yield server
    server.destroy()


def one(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()[0][0]


def fill(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("""
            CREATE TABLE person (id bigint PRIMARY KEY, name text, born date, t timestamptz DEFAULT now());
            INSERT INTO person SELECT i, '居民' || i, '1960-01-01'::date + i FROM generate_series(1, 500) i;
            CREATE TABLE scan (day date, person bigint, share float8, PRIMARY KEY (day, person))
                PARTITION BY RANGE (day);
            CREATE TABLE scan_1 PARTITION OF scan FOR VALUES FROM ('2022-11-01') TO ('2022-12-01');
            CREATE TABLE scan_2 PARTITION OF scan FOR VALUES FROM ('2022-12-01') TO ('2023-01-01');
            INSERT INTO scan SELECT '2022-11-20'::date + i % 30, i, random() FROM generate_series(1, 500) i;
            ALTER TABLE scan ENABLE ROW LEVEL SECURITY;
            ALTER TABLE scan FORCE ROW LEVEL SECURITY;
            CREATE POLICY own ON scan USING (person < nullif(current_setting('scope', true), '')::bigint);
            GRANT SELECT ON scan TO tongxin_web""")


def empty_database(server: EmbeddedServer, name: str) -> str:
    server.ensure_database(name)
    return server.url(dbname=name)


# -- the server -----------------------------------------------------------------------------------------


def test_a_stopped_server_is_down_and_a_restart_keeps_what_was_written(other: EmbeddedServer) -> None:
    assert not other.running()
    said: list[str] = []
    other.start(said.append)
    with psycopg.connect(other.url(dbname="postgres")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS tubes")
    other.stop()
    assert not other.running()
    assert other.pid() is None
    other.start(said.append)
    assert one(other.url(dbname="postgres"), "SELECT tubes FROM kept") == 7
    assert said == ["creating the database, once", "starting the database", "starting the database"]


def test_starting_a_running_server_changes_nothing(server: EmbeddedServer) -> None:
    before = server.pid()
    EmbeddedServer(server.home).start()
    assert server.pid() == before


def test_two_programs_that_start_at_once_share_one_server_that_outlives_them(other: EmbeddedServer) -> None:
    command = [sys.executable, "-c", START, str(other.home)]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert {program.communicate()[0].strip() for program in programs} == {str(other.pid())}
    assert other.running()


def test_the_server_is_durable_and_listens_on_its_private_socket_only(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url()) as connection:
        settings = dict(connection.execute("SELECT name, setting FROM pg_settings").fetchall())
    for name in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "data_checksums"):
        assert settings[name] == "on", name
    assert settings["listen_addresses"] == ""
    assert settings["TimeZone"] == settings["log_timezone"] == "UTC"
    assert (settings["server_encoding"], settings["max_connections"], settings["jit"]) == ("UTF8", "120", "off")
    assert server.socket_dir.stat().st_mode & 0o777 == 0o700


def test_nobody_gets_in_without_the_password(server: EmbeddedServer) -> None:
    wrong = server.url().replace(embedded.load_secrets(server.home)["owner"], "guess")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_a_home_with_a_very_long_path_has_a_short_socket(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / ("桃花桥街道" * 10) / ("long" * 20))
    try:
        server.start()
        assert len(os.fsencode(server.socket_dir / ".s.PGSQL.5432")) < 107
        assert one(server.url(dbname="postgres"), "SELECT 1") == 1
    finally:
        server.destroy()


@as_root
def test_under_a_closed_directory_root_keeps_the_data_elsewhere_and_changes_no_mode(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "home").mkdir(parents=True)
    closed.chmod(0o700)
    server = EmbeddedServer(closed / "home")
    try:
        server.start()
        assert hosting.SYSTEM_BASE in server.data.parents
        assert json.loads((server.home / "server.json").read_text())["data"] == str(server.data)
        assert server.data.stat().st_uid != 0
        assert closed.stat().st_mode & 0o777 == 0o700
        assert EmbeddedServer(server.home).data == server.data
    finally:
        server.destroy()


@as_root
def test_in_an_open_directory_root_keeps_the_data_in_the_home() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as base:
        Path(base).chmod(0o755)
        server = EmbeddedServer(Path(base) / "home")
        try:
            server.start()
            assert server.data == server.home / "pgdata"
            assert server.data.stat().st_uid != 0
            assert server.home.stat().st_mode & 0o007 == 0, "others do not see the home"
        finally:
            server.destroy()


# -- secrets --------------------------------------------------------------------------------------------


def test_secrets_and_key_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    first = embedded.load_secrets(tmp_path), embedded.load_key(tmp_path)
    assert (embedded.load_secrets(tmp_path), embedded.load_key(tmp_path)) == first
    assert set(first[0]) == {"owner", "web", "jobs", "django_secret_key"}
    assert len(first[1]) == 32
    for name in ("secrets.json", "encryption.key"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {"secrets.json", "encryption.key"}


def test_programs_that_make_the_secrets_at_once_all_get_the_same(tmp_path: Path) -> None:
    code = "import sys; from tongxin.config.embedded import *; print(load_key(Path(sys.argv[1])).hex())"
    command = [sys.executable, "-c", code, str(tmp_path)]
    programs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert {program.communicate()[0].strip() for program in programs} == {embedded.load_key(tmp_path).hex()}


# -- URLs and roles -------------------------------------------------------------------------------------


def test_the_policies_bind_the_web_role_and_only_the_owner_is_superuser(server: EmbeddedServer) -> None:
    databases.create_roles(server.url(), embedded.load_secrets(server.home))  # again: changes nothing
    query = "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    rights = {"owner": (True, True, True), "web": (False, False, False), "jobs": (False, True, False)}
    for role, expected in rights.items():
        with psycopg.connect(server.url(role)) as connection:
            assert connection.execute(query).fetchone() == (f"tongxin_{role}", *expected)


def test_a_role_that_was_given_too_much_loses_it(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url()) as connection:
        connection.execute("ALTER ROLE tongxin_web SUPERUSER BYPASSRLS CREATEROLE PASSWORD 'old'")
    databases.create_roles(server.url(), embedded.load_secrets(server.home))
    query = "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    assert one(server.url("web"), query) is False


def test_without_a_database_url_the_embedded_server_is_meant_and_started_only_on_demand(other: EmbeddedServer) -> None:
    env = {"TONGXIN_HOME": str(other.home)}
    urls = databases.resolve(env)
    assert not other.running()
    databases.ensure_running(env)
    assert one(urls["owner"], "SELECT current_database()") == "tongxin"
    assert urls == {role: other.url(role) for role in ("owner", "web", "jobs")}


def test_a_database_url_is_the_owners_and_the_other_roles_differ_by_name_and_password(server: EmbeddedServer) -> None:
    env = {"TONGXIN_HOME": str(server.home), "DATABASE_URL": server.url()}
    urls = databases.resolve(env)
    assert databases.ensure_running(env) is None
    assert urls["owner"] == server.url()
    assert one(urls["web"], "SELECT current_user || '@' || current_database()") == "tongxin_web@tongxin"
    swapped = databases.resolve(
        env | {"DATABASE_URL": "postgres://o%40x:p%2F@db.city:5432,db2:6432/t%20x?sslmode=require"}
    )
    entry = databases.django_database(swapped["jobs"])
    assert (entry["USER"], entry["NAME"]) == ("tongxin_jobs", "t x")
    assert (entry["HOST"], entry["PORT"]) == ("db.city,db2", "5432,6432")
    assert entry["OPTIONS"] == {"sslmode": "require"}


def test_django_gets_the_sockets_directory_and_the_password_as_they_are() -> None:
    entry = databases.django_database("postgresql://tongxin_web:a%2Fb%40c@/tongxin?host=%2Fvar%2Frun%2Fx%20y&port=5432")
    assert (entry["HOST"], entry["PORT"], entry["PASSWORD"]) == ("/var/run/x y", "5432", "a/b@c")
    assert (entry["CONN_MAX_AGE"], entry["OPTIONS"]) == (0, {})


@pytest.mark.parametrize(
    "url", ["postgresql://u:hidden@host:5432", "mysql://u:hidden@host/x", "postgresql://u:hidden@[h/x"]
)
def test_an_unusable_database_url_is_refused_without_repeating_its_password(url: str, tmp_path: Path) -> None:
    with pytest.raises(databases.DatabaseUrlError, match="write it like") as refused:
        databases.resolve({"TONGXIN_HOME": str(tmp_path), "DATABASE_URL": url})
    assert "hidden" not in str(refused.value)


# -- dumps ----------------------------------------------------------------------------------------------


def test_a_restored_dump_has_every_row_and_every_grant_and_policy(server: EmbeddedServer, tmp_path: Path) -> None:
    source, target = empty_database(server, "source"), empty_database(server, "target")
    fill(source)
    made = dumps.backup(source, tmp_path / "city.dump", server.home, server.bin("pg_dump").parent)
    assert made["tables"]["public.person"]["rows"] == 500
    assert made["tables"]["public.scan_1"]["rows"] + made["tables"]["public.scan_2"]["rows"] == 500
    assert made["filtered"] == []
    restored = dumps.restore(target, tmp_path / "city.dump", server.home, server.bin("pg_restore").parent)
    with psycopg.connect(target) as connection:
        assert dumps.table_sums(connection) == restored["tables"] == made["tables"]
    web = server.url("web", "target")
    assert one(web, "SELECT count(*) FROM scan") == 0, "no scope, no rows"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        one(web, "SELECT count(*) FROM person")


def test_the_checksum_sees_a_changed_row_but_not_the_order_of_rows(server: EmbeddedServer) -> None:
    url = empty_database(server, "sums")

    def sums(change: str) -> object:
        with psycopg.connect(url) as connection:
            connection.execute(change)
            return dumps.table_sums(connection)

    upwards = sums("CREATE TABLE tube AS SELECT i FROM generate_series(1, 9) i")
    downwards = sums(
        "CREATE TABLE b AS SELECT i FROM tube ORDER BY i DESC; DROP TABLE tube; ALTER TABLE b RENAME TO tube"
    )
    assert upwards == downwards
    assert sums("UPDATE tube SET i = 10 WHERE i = 9") != upwards


def test_a_dump_and_its_manifest_hold_no_secret_and_are_private(server: EmbeddedServer, tmp_path: Path) -> None:
    dumps.backup(server.url(), tmp_path / "city.dump", server.home)
    secrets = [*embedded.load_secrets(server.home).values(), (server.home / "encryption.key").read_text().strip()]
    for path in (tmp_path / "city.dump", tmp_path / "city.dump.json"):
        assert path.stat().st_mode & 0o777 == 0o600
        assert not any(secret.encode() in path.read_bytes() for secret in secrets)


def test_a_database_with_rows_is_replaced_only_when_forced(server: EmbeddedServer, tmp_path: Path) -> None:
    source, target = empty_database(server, "source2"), empty_database(server, "target2")
    for url in (source, target):
        fill(url)
    with psycopg.connect(target) as connection:
        connection.execute("CREATE TABLE newer (id int)")
    dump = tmp_path / "city.dump"
    made = dumps.backup(source, dump, server.home)
    with pytest.raises(dumps.DumpError, match="target2 is not empty"):
        dumps.restore(target, dump, server.home)
    dumps.restore(target, dump, server.home, force=True)
    assert dumps.backup(target, dump, server.home)["tables"] == made["tables"]
