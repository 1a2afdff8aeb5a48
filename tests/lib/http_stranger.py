# SPDX-License-Identifier: Apache-2.0
"""http_stranger.py HOST PORT WHAT... - sends odd requests, for tests/integration/http.sh."""
import json
import random
import resource
import select
import socket
import sys
import threading
import time
import urllib.request

HOST, PORT = sys.argv[1], int(sys.argv[2])
GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connect():
    return socket.create_connection((HOST, PORT), timeout=60)


def read_all(s):
    data = b""
    try:
        while True:
            part = s.recv(65536)
            if not part:
                break
            data += part
    except (ConnectionResetError, socket.timeout):
        pass
    return data


def healthy(within_s=20):
    """Checks that the health check answers, however many other clients there are."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{PORT}/healthz", timeout=5) as answer:
                if answer.read() == b"ok\n":
                    return True
        except OSError:
            time.sleep(0.2)
    return False


def pipelined():
    s = connect()
    s.sendall(b"".join(GET % path for path in (b"/healthz", b"/api/v1/version", b"/nowhere")))
    s.shutdown(socket.SHUT_WR)  # half-closed: answers must still be sent
    data = read_all(s)
    places = [data.find(b"\r\n\r\nok\n"), data.find(b'{"version"'), data.find(b'{"error"')]
    return -1 not in places and places == sorted(places)


def raw(data):
    s = connect()
    try:
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
    except OSError:
        pass
    return read_all(s)


def status(data):
    """Returns the status of the answer to these bytes, or "none"."""
    answer = raw(data)
    return answer.split(b" ")[1].decode() if answer.startswith(b"HTTP/1.") else "none"


def garbage():
    """Checks that random bytes are answered only with a refusal, if at all, and that answers are
    short."""
    source = random.Random(7)
    for length in (1, 7, 300, 5000, 100000):
        for text in (bytes(source.randrange(256) for _ in range(length)), b"\0" * length,
                     b"GET " + b"\xff" * length + b"\r\n\r\n", b"\r\n" * length,
                     b"GET / HTTP/9.9\r\n" + b"a" * length):
            answer = raw(text)
            if answer and not answer.startswith(b"HTTP/1.1 4") and not answer.startswith(b"HTTP/1.0 4") \
                    and not answer.startswith(b"HTTP/1.1 505"):
                print("answered:", answer[:200], file=sys.stderr)
                return False
    return healthy()


def many(count):
    """Opens COUNT connections at once that send nothing, then up to half a request on each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    count = min(count, hard - 100)
    held = []
    for i in range(count):
        s = socket.socket()
        s.setblocking(False)
        s.bind((f"127.0.{1 + i % 50}.1", 0))  # from fifty addresses
        s.connect_ex((HOST, PORT))
        held.append(s)
        if i % 500 == 0:
            time.sleep(0.01)
    for i, s in enumerate(held):
        try:
            s.send(b"GET /api/v1/hosts HTTP/1.1\r\nHost: loc"[:i % 40])
        except OSError:
            pass
    print(f"{count} connections", file=sys.stderr)
    good = all(healthy() for _ in range(5))
    for s in held:
        s.close()
    return good and healthy()


def kept_out(first, count):
    """Checks that COUNT clients of this address that send FIRST, and connect again whenever they are
    closed, keep none of its other clients out."""
    over = threading.Event()
    held = {}
    poll = select.epoll()

    def hold():
        s = connect()
        s.sendall(first)
        held[s.fileno()] = s
        poll.register(s, select.EPOLLRDHUP | select.EPOLLHUP)

    def keep():
        while not over.is_set():
            for fd, _ in poll.poll(0.2):
                held.pop(fd).close()
                hold()

    for _ in range(count):
        hold()
    keeper = threading.Thread(target=keep)
    keeper.start()
    answers = [get(path)[0] for _ in range(20) for path in ("/healthz", "/metrics")]
    over.set()
    keeper.join()
    for s in held.values():
        s.close()
    print(f"kept out: {answers}", file=sys.stderr)
    return set(answers) == {200} and healthy()


def dripping():
    """Checks that a client that sends a byte at a time never completes a request: it is closed."""
    s = connect()
    begun = time.monotonic()
    for byte in GET % (b"/" + b"a" * 200):
        try:
            s.send(bytes([byte]))
            if select.select([s], [], [], 0.25)[0] and not s.recv(1):
                return time.monotonic() - begun > 5
        except OSError:
            return time.monotonic() - begun > 5
    return False


def resident_mb(pid):
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def unread(path, count, pid):
    """Runs clients that request a long answer without reading it; one reads it in the end."""
    held = []
    before_mb = resident_mb(pid)
    for _ in range(count):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.settimeout(60)
        s.connect((HOST, PORT))
        s.sendall(b"GET " + path.encode() + b" HTTP/1.0\r\nHost: localhost\r\n\r\n")
        held.append(s)
    if not all(healthy() for _ in range(3)):
        return False
    grown_mb = resident_mb(pid) - before_mb
    data = read_all(held[0])
    for s in held:
        s.close()
    head, _, body = data.partition(b"\r\n\r\n")
    rows = json.loads(body)
    print(f"{len(body)} bytes, {len(rows)} rows, {grown_mb:.0f} MB", file=sys.stderr)
    distinct = {(row["host"], row["nic"]) for row in rows}
    return b" 200 " in head and len(distinct) == len(rows) and grown_mb < count * len(body) / 2e6


def get(path):
    """Returns the status and the body; status 0 if the connection broke off."""
    try:
        s = connect()
        s.sendall(b"GET " + path.encode() + b" HTTP/1.0\r\nHost: localhost\r\n\r\n")
        head, _, body = read_all(s).partition(b"\r\n\r\n")
        return int(head.split(b" ")[1]), body
    except (OSError, IndexError, ValueError):
        return 0, b""


def asked(path, count, others):
    """Checks that all other paths are answered while COUNT clients keep requesting one path."""
    over = threading.Event()
    seen = set()

    def ask():
        while not over.is_set():
            seen.add(get(path)[0])

    askers = [threading.Thread(target=ask) for _ in range(count)]
    for asker in askers:
        asker.start()
    deadline = time.monotonic() + 60
    while not {200, 503} <= seen and time.monotonic() < deadline:
        time.sleep(0.05)
    answers = []
    for _ in range(10):
        answers += [(other, get(other)[0]) for other in others]
        time.sleep(0.1)
    over.set()
    for asker in askers:
        asker.join()
    print(f"asked: {seen}, others: {answers}", file=sys.stderr)
    return {200, 503} <= seen and all(status == 200 for _, status in answers)


def crowded_out():
    for line in get("/metrics")[1].decode().splitlines():
        if line.startswith('daqs_controller_http_connections_ended_total{reason="crowded_out"}'):
            return int(line.split()[-1])
    return -1


def hoarded(path, count, apart_s):
    """Checks that clients that do not read their answers make room for one that does, for as long
    as it needs."""
    before = crowded_out()
    held = []
    for _ in range(count):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.settimeout(60)
        s.connect((HOST, PORT))
        s.sendall(b"GET " + path.encode() + b" HTTP/1.0\r\nHost: localhost\r\n\r\n")
        s.recv(1)
        held.append(s)
        time.sleep(apart_s)
    deadline = time.monotonic() + 60
    seen = []
    while 200 not in seen and time.monotonic() < deadline:
        seen.append(get(path)[0])
        time.sleep(0.2)
    after = crowded_out()
    print(f"{seen.count(503)} times busy; crowded out: {before}, then {after}", file=sys.stderr)
    for s in held:
        s.close()
    return seen[-1] == 200 and after > before >= 0


what, rest = sys.argv[3], sys.argv[4:]
if what == "status":
    print(status(rest[0].encode().decode("unicode_escape").encode("latin1")))
    sys.exit(0)
verdict = {"pipelined": pipelined, "garbage": garbage, "dripping": dripping,
           "healthy": healthy,
           "halves": lambda: kept_out(b"GET /healthz HTTP/1.1\r\n", int(rest[0])),
           "unread_rows": lambda: kept_out(GET % rest[0].encode() * 200, int(rest[1])),
           "asked": lambda: asked(rest[0], int(rest[1]), rest[2:]),
           "hoarded": lambda: hoarded(rest[0], int(rest[1]), float(rest[2])),
           "many": lambda: many(int(rest[0])),
           "unread": lambda: unread(rest[0], int(rest[1]), int(rest[2]))}[what]()
sys.exit(0 if verdict else 1)
