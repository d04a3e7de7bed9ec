"""Through Apprise to a gateway on this machine: what is taken, refused, not reached, or nobody knows."""

import http.server
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tongxin.messages import carriers, rules
from tongxin.messages.carriers import NotTaken, Parcel, Unclear

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class Gateway(http.server.ThreadingHTTPServer):
    """Keeps what it was sent, and answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[str, Any]] = []
        self.answer: Answer = lambda request: says(request, 200)
        self.address = f"127.0.0.1:{self.server_address[1]}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.got.append((self.path, json.loads(body)))  # type: ignore[attr-defined]
        self.server.answer(self)  # type: ignore[attr-defined]

    def log_message(self, *args: Any) -> None:
        pass


def says(request: Any, status: int, body: bytes = b"{}", location: str = "") -> None:
    request.send_response(status)
    if location:
        request.send_header("Location", location)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@pytest.fixture(scope="module")
def running() -> Iterator[Gateway]:
    server = Gateway()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def gateway(running: Gateway) -> Gateway:
    running.got.clear()
    running.answer = lambda request: says(request, 200)
    return running


def send(url: str, text: str = "【同心】药在门口 <b>&amp; *x* 😀") -> None:
    carriers.carry(Parcel("k", "t" * 32, "person", "10000000001", text, url))


def test_the_gateway_gets_the_text_as_it_is_and_the_number_in_its_place(gateway: Gateway) -> None:
    send(carriers.address(f"json://{gateway.address}/sms?:to={{phone}}&:ref={{token}}", "10000000001", "abc"))
    path, got = gateway.got[0]
    assert path == "/sms" and (got["to"], got["ref"]) == ("10000000001", "abc")
    assert got["message"] == "【同心】药在门口 <b>&amp; *x* 😀" and len(gateway.got) == 1


def test_what_a_gateway_refuses_may_be_sent_again_and_what_nobody_knows_may_not(gateway: Gateway) -> None:
    url = f"json://{gateway.address}/?rto=0.3"
    for status, error, reason in ((400, NotTaken, rules.REFUSED), (503, NotTaken, rules.REFUSED), (504, Unclear, "")):
        gateway.answer = lambda request, status=status: says(request, status)  # type: ignore[misc]
        with pytest.raises(error) as why:
            send(url)
        assert getattr(why.value, "reason", "") == reason
    late = threading.Event()
    gateway.answer = lambda request: late.wait(5) and None  # the gateway has it and does not answer in time
    with pytest.raises(Unclear):
        send(url)
    late.set()
    gateway.answer = lambda request: request.connection.shutdown(socket.SHUT_RDWR)
    with pytest.raises(Unclear):
        send(url)


def test_a_machine_that_is_not_there_is_down() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NotTaken) as why:
        send(f"json://127.0.0.1:{port}/")
    assert why.value.reason == rules.DOWN
    with pytest.raises(NotTaken) as why:
        send("nonsense://x")
    assert why.value.reason == rules.BAD_CHANNEL


def test_a_message_does_not_follow_a_gateway_elsewhere(gateway: Gateway) -> None:
    gateway.answer = lambda request: says(request, 307, location=f"http://{gateway.address}/elsewhere")
    with pytest.raises(NotTaken):
        send(f"json://{gateway.address}/")
    assert [path for path, _ in gateway.got] == ["/"]


@pytest.mark.parametrize(
    ("robot", "module", "body", "taken"),
    [
        ("wecombot://botkey123", "wecombot", {"errcode": 0, "errmsg": "ok"}, True),
        ("wecombot://botkey123", "wecombot", {"errcode": 45009, "errmsg": "api freq out of limit"}, False),
        ("dingtalk://ABCDEFGH", "dingtalk", {"errcode": 310000}, False),
        ("feishu://ABCDEFGH", "feishu", {"code": 9499, "msg": "Bad Request"}, False),
        ("feishu://ABCDEFGH", "feishu", {"StatusCode": 0, "code": 0}, True),
    ],
)
def test_a_robot_that_refuses_with_a_200_has_not_taken_the_message(
    monkeypatch: pytest.MonkeyPatch, robot: str, module: str, body: dict[str, Any], taken: bool
) -> None:
    """Without a network: the robots' machines are far away, so their answer is put in the place of the request."""
    import importlib

    import requests

    assert carriers.is_usable(robot)

    def answered(*args: Any, **kwargs: Any) -> requests.Response:
        response = requests.Response()
        response.status_code, response._content = 200, json.dumps(body).encode()
        return response

    honest = importlib.import_module(f"apprise.plugins.{module}").requests
    monkeypatch.setattr(honest._requests, "post", answered)
    if taken:
        send(robot)
    else:
        with pytest.raises(NotTaken):
            send(robot)


def test_nothing_of_a_message_reaches_the_programs_log(gateway: Gateway) -> None:
    heard: list[str] = []

    class Log(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    root, log = logging.getLogger(), Log()
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    try:
        logging.getLogger("tongxin").debug("heard")
        send(f"json://{gateway.address}/10000000001?:to=10000000001")
    finally:
        root.removeHandler(log)
        root.setLevel(level)
    assert heard == ["heard"]


def test_what_stays_on_the_server_is_no_channel() -> None:
    assert [url for url in ("syslog://", "dbus://", "gnome://", "macosx://", "windows://", "file:///etc/passwd", "", "x")
            if carriers.is_usable(url)] == []  # fmt: skip
    assert carriers.is_usable("mailto://user:pass@mail.example/?to=group@mail.example")
    assert carriers.is_usable("jsons://gateway.example/sms?:to={phone}&:ref={token}")


def test_one_machine_is_one_machine_whatever_stands_behind_it() -> None:
    assert carriers.machine("json://user:pw@Gate.example:80/a?b") == carriers.machine("json://gate.example/c")
    assert carriers.machine("wecombot://one") == carriers.machine("wecombot://two")
    assert carriers.machine("json://[broken") == "json"
