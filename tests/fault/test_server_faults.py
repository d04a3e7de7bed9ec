"""What breaks around the database: a killed server, lost files, the wrong key. Nothing written is lost."""

import contextlib
import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tongxin.config import dumps, embedded
from tongxin.config.embedded import EmbeddedServer
from tongxin.config.hosting import EmbeddedServerError


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """A running server with 1,000 committed tubes."""
    server = EmbeddedServer(tmp_path / "home")
    try:
        server.start()
        server.ensure_database()
        with psycopg.connect(server.url()) as connection:
            connection.execute("CREATE TABLE tube AS SELECT generate_series(1, 1000) AS id")
        yield server
    finally:
        server.destroy()


def tubes(server: EmbeddedServer) -> int:
    with psycopg.connect(server.url()) as connection:
        return connection.execute("SELECT count(*) FROM tube").fetchall()[0][0]


def kill(server: EmbeddedServer) -> int:
    """End the postmaster as a power cut would, and return the process id that it had."""
    pid = server.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    while server.pid():
        pass
    return pid


# -- the server -----------------------------------------------------------------------------------------


def test_after_kill_9_every_committed_row_is_there(server: EmbeddedServer) -> None:
    kill(server)
    assert not server.running()
    server.start()
    assert tubes(server) == 1000


def test_a_busy_backend_that_outlives_its_killed_server_does_not_keep_the_next_from_starting(
    server: EmbeddedServer,
) -> None:
    connect = lambda: contextlib.closing(psycopg.connect(server.url(), autocommit=True))  # noqa: E731
    with connect() as busy, connect() as watch:
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1e12::bigint)")
        query = "SELECT state FROM pg_stat_activity WHERE pid = %s"
        while watch.execute(query, [busy.info.backend_pid]).fetchall() != [("active",)]:
            pass
        kill(server)
        os.kill(busy.info.backend_pid, 0)  # it is still at work
        server.start()
    assert tubes(server) == 1000


def test_a_lock_file_whose_process_id_now_belongs_to_another_program_is_seen_through(server: EmbeddedServer) -> None:
    pid = kill(server)
    for path in (server.data / "postmaster.pid", server.socket_dir / ".s.PGSQL.5432.lock"):
        path.write_text(path.read_text().replace(str(pid), str(os.getpid()), 1))
    assert server.pid() is None
    server.start()
    assert tubes(server) == 1000


def test_a_server_whose_socket_was_deleted_is_started_anew(server: EmbeddedServer) -> None:
    shutil.rmtree(server.socket_dir)
    assert not server.running()
    server.start()
    assert tubes(server) == 1000


def test_a_first_start_that_was_broken_off_is_begun_again(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "home")
    try:
        half = server.data.with_name("pgdata.new")
        half.mkdir(parents=True)
        (half / "PG_VERSION").write_text("18\n")
        server.start()
        assert server.running()
        assert not half.exists()
    finally:
        server.destroy()


def test_a_damaged_setting_is_named_in_one_sentence_with_the_remedy(server: EmbeddedServer) -> None:
    server.stop()
    settings = server.data / "postgresql.conf"
    sound = settings.read_text()
    settings.write_text(sound + "shared_bufers everywhere\n")
    with pytest.raises(EmbeddedServerError) as refused:
        server.start()
    said = str(refused.value)
    assert "\n" not in said
    assert "postgresql.conf" in said
    assert "shared_bufers" in said
    assert "repair" in said
    settings.write_text(sound)
    server.start()
    assert tubes(server) == 1000


def test_lost_secrets_are_asked_for_in_one_sentence(server: EmbeddedServer) -> None:
    (server.home / "secrets.json").rename(server.home / "kept")
    with pytest.raises(EmbeddedServerError, match=r"put the secrets\.json that belongs to it into"):
        server.start()
    (server.home / "kept").replace(server.home / "secrets.json")
    server.start()
    assert tubes(server) == 1000


@pytest.mark.parametrize("text", ["", "{", "[]", '{"owner": "x"}'])
def test_a_damaged_secrets_file_is_never_replaced_by_new_secrets(text: str, tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text(text)
    with pytest.raises(EmbeddedServerError, match="put back a copy"):
        embedded.load_secrets(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == text


@pytest.mark.parametrize("text", ["", "c2hvcnQ=", "钥匙"])
def test_a_damaged_key_is_never_replaced_by_a_new_key(text: str, tmp_path: Path) -> None:
    (tmp_path / "encryption.key").write_text(text)
    with pytest.raises(EmbeddedServerError, match="put back a copy"):
        embedded.load_key(tmp_path)
    assert (tmp_path / "encryption.key").read_text() == text


def test_a_home_that_cannot_be_made_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedServerError, match="set TONGXIN_HOME to a directory that you may write to"):
        EmbeddedServer(tmp_path / "file" / "home").start()


# -- dumps ----------------------------------------------------------------------------------------------


@pytest.fixture
def dump(server: EmbeddedServer, tmp_path: Path) -> Path:
    """A dump of the server's database, which then is emptied."""
    path = tmp_path / "city.dump"
    dumps.backup(server.url(), path, server.home)
    with psycopg.connect(server.url()) as connection:
        connection.execute("DROP TABLE tube")
    return path


def test_a_dump_is_not_restored_beside_another_key_or_none(server: EmbeddedServer, dump: Path) -> None:
    key = server.home / "encryption.key"
    right = key.read_text()
    key.unlink()
    with pytest.raises(dumps.DumpError, match="encryption key is missing") as missing:
        dumps.restore(server.url(), dump, server.home)
    assert str(key) in str(missing.value)
    assert not key.exists(), "a restore never makes a key"
    embedded.load_key(server.home)
    with pytest.raises(dumps.DumpError, match="made with another encryption key") as other:
        dumps.restore(server.url(), dump, server.home)
    assert str(key) in str(other.value)
    key.write_text(right)
    dumps.restore(server.url(), dump, server.home)
    assert tubes(server) == 1000


def test_a_damaged_dump_is_refused_before_anything_is_deleted(server: EmbeddedServer, dump: Path) -> None:
    dumps.restore(server.url(), dump, server.home)
    with open(dump, "r+b") as file:
        file.seek(-20, os.SEEK_END)
        file.write(b"damage")
    with pytest.raises(dumps.DumpError, match="damaged"):
        dumps.restore(server.url(), dump, server.home, force=True)
    assert tubes(server) == 1000


def test_a_dump_without_its_manifest_is_refused(server: EmbeddedServer, dump: Path) -> None:
    dumps.manifest_path(dump).unlink()
    with pytest.raises(dumps.DumpError, match=r"put city\.dump\.json beside"):
        dumps.restore(server.url(), dump, server.home)


def test_a_restored_database_that_differs_from_the_manifest_is_reported(server: EmbeddedServer, dump: Path) -> None:
    path = dumps.manifest_path(dump)
    manifest = json.loads(path.read_text())
    manifest["tables"]["public.tube"]["rows"] += 1
    path.write_text(json.dumps(manifest))
    with pytest.raises(dumps.DumpError, match=r"differs from the dump in public\.tube"):
        dumps.restore(server.url(), dump, server.home)


def test_a_backup_that_fails_leaves_the_earlier_dump_and_no_litter(server: EmbeddedServer, dump: Path) -> None:
    dumps.restore(server.url(), dump, server.home)
    before = dump.read_bytes()
    with pytest.raises(dumps.DumpError, match="permission denied for table tube"):
        dumps.backup(server.url("web"), dump, server.home)
    with pytest.raises(dumps.DumpError, match="put pg_dump there"):
        dumps.backup(server.url(), dump, server.home, bin_dir=dump.parent)
    assert dump.read_bytes() == before
    assert {path.name for path in dump.parent.iterdir()} == {"home", "city.dump", "city.dump.json"}
