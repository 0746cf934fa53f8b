"""The soak's clients: each asks for something at random, and compares what it gets with what is
right."""

import json
import re
import socket
import threading
import time

import cbor2
from nacl.signing import SigningKey

from cityid_process import HOST, Reply
from consortium import head_of
from signed_code import DAY, Code, with_other_last_digit
from signed_record import sha256

STATUS = {"malformed": 400, "unknown-id": 404, "suspended": 403, "unknown-key": 403, "forged": 403,
          "expired": 410, "revoked": 410, "valid": 200, "registered": 200}
TAGS = {"en": "en", "zh": "zh-CN", "ar": "ar"}
STRANGER = SigningKey.generate()
PATIENCE = 10.0  # seconds for a reply
# The size of the ledger on a page, before its root.
FACTS = re.compile(
    r'<dd>(\d+)</dd><dt>[^<]*</dt><dd><code dir="ltr">[0-9a-f]{64}</code></dd></dl>')


class Wrong(Exception):
    """An answer that is not what it must be."""


class Lost(Exception):
    """A request without a reply, and no kill to explain it."""


class Client:
    """Connections to a server, one at a time, kept alive."""

    def __init__(self, target):
        self.target = target
        self.socket, self.buffer, self.kills = None, b"", None

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket, self.buffer = None, b""

    def ask(self, path, method="GET", **fields):
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.target.port), PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}",
                 *(f"{name.replace('_', '-')}: {value}" for name, value in fields.items())]
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self._receive()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        reply = Reply(head, b"")
        bodiless = method == "HEAD" or reply.status in (204, 304)
        length = 0 if bodiless else int(reply["content-length"])
        while len(self.buffer) < length:
            self._receive()
        reply.body, self.buffer = self.buffer[:length], self.buffer[length:]
        if (reply["connection"] or "") == "close":
            self.close()
        return reply

    def _receive(self):
        got = self.socket.recv(1 << 16)
        if not got:
            raise ConnectionError("it ended inside a reply" if self.buffer else "no reply")
        self.buffer += got


class Worker(threading.Thread):
    """One of the soak's clients; counts what it did."""

    def __init__(self, number, world, targets, rng, rate, report):
        super().__init__(name=f"client {number}", daemon=True)
        self.world, self.targets, self.rng, self.report = world, targets, rng, report
        self.pace = 1 / rate
        self.clients = {target.name: Client(target) for target in targets}
        self.stopped = threading.Event()
        self.etags = {}  # by path: ETag and the verdict that came with it
        self.kinds = {
            "hot code, JSON": (30, self.hot_json),
            "hot code, HTML": (12, self.hot_html),
            "hot code, HEAD": (6, self.hot_head),
            "hot code, If-None-Match": (10, self.hot_again),
            "cold code": (10, self.cold),
            "forged code": (6, self.forged),
            "stranger's code": (3, self.stranger),
            "expired code": (3, self.expired),
            "malformed code": (2, self.malformed),
            "identifier, JSON": (8, self.identifier),
            "unknown identifier": (3, self.unknown),
            "checkpoint": (3, self.checkpoint),
            "tile": (4, self.tile),
            "entry bundle": (3, self.bundle),
            "proof of a code": (2, self.proof_of_code),
            "proof of an identifier": (2, self.proof_of_identifier),
        }

    def run(self):
        due = time.monotonic()
        names = list(self.kinds)
        weights = [weight for weight, _ in self.kinds.values()]
        while not self.stopped.is_set():
            due = max(due + self.pace, time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))
            name = self.rng.choices(names, weights)[0]
            try:
                self.once(name)
            except Wrong as error:
                self.report.violation(f"{name}: {error}")
            except Lost as error:
                self.report.violation(f"{name}: lost: {error}")
            except Exception as error:  # a thread that ends would only look like less load
                self.report.violation(f"{name}: {type(error).__name__}: {error}")

    def once(self, name):
        """One request; again at another replica if its own is killed meanwhile."""
        for _ in range(4):
            up = [target for target in self.targets if not target.down] or self.targets
            target = self.rng.choice(up)
            client = self.clients[target.name]
            if self.rng.random() < 0.03:
                client.close()
            if client.socket is None:
                client.kills = target.kills
            was_down = target.down
            began = time.monotonic()
            try:
                self.kinds[name][1](client)
                self.report.answered(name, target, time.monotonic() - began)
                return
            except OSError as error:
                client.close()
                if not (was_down or target.down or target.kills != client.kills):
                    raise Lost(f"{target.name}: {type(error).__name__}: {error}") from None
                self.report.retried()
        raise Lost("four replicas in a row were being killed")

    # What an answer must be

    def check(self, client, size, got, right, status=None):
        if got not in right:
            raise Wrong(f"{client.target.name} says {got} at size {size}, right is {right}")
        if status is not None and status != STATUS[got]:
            raise Wrong(f"{client.target.name}: status {status} with {got}")
        self.report.verdict(got)

    def json_of(self, client, path, right_at, before, **fields):
        reply = client.ask(path, **fields)
        answer = self.decoded(reply, json.loads)
        size = answer["ledger"]["size"]
        client.target.saw(size, before, path)
        self.check(client, size, answer["verdict"], right_at(size), reply.status)
        return reply, answer

    def code_json(self, client, code, otherwise, path=None):
        city = self.world.by_id[code.subject]
        path = path or f"/{code.subject}/{code.token()}"
        return self.json_of(client, path,
                            lambda size: self.world.may_say(size, city, code.serial, otherwise),
                            client.target.size)

    def decoded(self, reply, decode):
        try:
            return decode(reply.body)
        except ValueError:
            raise Wrong(f"what is that? {reply}") from None

    # The kinds

    def hot_json(self, client):
        _, code = self.world.pick(self.rng)
        reply, answer = self.code_json(client, code, "valid")
        if reply.status == 200 and answer["code"]["serial"] != code.serial:
            raise Wrong(f"the answer is about another code: {reply}")

    def hot_html(self, client):
        city, code = self.world.pick(self.rng)
        language = self.rng.choice(list(TAGS))
        before = client.target.size
        reply = client.ask(f"/{city.id}/{code.token()}", Accept="text/html",
                           Accept_Language=language)
        page = reply.text
        facts = FACTS.search(page)
        if not facts or f'<html lang="{TAGS[language]}"' not in page or city.id not in page:
            raise Wrong(f"the page is not what was asked for: {page[page.index('<main>'):]}")
        # The heading is the verdict's sign and its title, each in an element of its own.
        title = page.split("<h1>", 1)[1].split("</h1>", 1)[0]
        title = title.rsplit("<span>", 1)[-1].removesuffix("</span>")
        client.target.saw(int(facts[1]), before, "HTML")
        self.check(client, int(facts[1]), self.report.titles[language].get(title, title),
                   self.world.may_say(int(facts[1]), city, code.serial, "valid"), reply.status)

    def hot_head(self, client):
        """The ledger's size is not told: what was right at any since it was asked for is right."""
        city, code = self.world.pick(self.rng)
        sizes = self.from_now_on(client)
        reply = client.ask(f"/{city.id}/{code.token()}", "HEAD")
        right = self.right_at_any(sizes(), city, code)
        if reply.status not in {STATUS[verdict] for verdict in right} or reply["etag"] is None:
            raise Wrong(f"{client.target.name}: HEAD says {reply}, right is {right}")

    def hot_again(self, client):
        """With the ETag of an earlier answer: 304 only if that answer is still right."""
        _, code = self.world.pick(self.rng)
        path = f"/{code.subject}/{code.token()}"
        if self.rng.random() < 0.5 or path not in self.etags:
            reply, answer = self.code_json(client, code, "valid")
            self.etags[path] = reply["etag"], answer["verdict"]
        etag, known = self.etags[path]
        sizes, before = self.from_now_on(client), client.target.size
        reply = client.ask(path, If_None_Match=etag)
        right = self.right_at_any(sizes(), self.world.by_id[code.subject], code)
        if reply.status == 304:
            self.report.not_modified()
            if reply["etag"] != etag:
                raise Wrong(f"{client.target.name}: a 304 with another ETag: {reply}")
            return self.check(client, "since then", known, right)
        answer = self.decoded(reply, json.loads)
        client.target.saw(answer["ledger"]["size"], before, path)
        self.check(client, answer["ledger"]["size"], answer["verdict"], right, reply.status)
        if len(self.etags) > 1000:
            self.etags.clear()

    def from_now_on(self, client):
        """A function that gives the sizes that the answer to a request from now on can be of."""
        first = client.target.size
        # A record that was just sequenced may not have been read yet.
        return lambda: range(first, max(first, len(self.world.leaves)) + 5)

    def right_at_any(self, sizes, city, code):
        return set().union(*(self.world.may_say(size, city, code.serial, "valid")
                             for size in sizes))

    def cold(self, client):
        self.code_json(client, self.world.cold_code(self.rng), "valid")

    def forged(self, client):
        _, code = self.world.pick(self.rng)
        self.code_json(client, code, "forged",
                       f"/{code.subject}/{with_other_last_digit(code.token())}")

    def stranger(self, client):
        city, _ = self.world.pick(self.rng)
        self.code_json(client, Code(city.id, STRANGER), "unknown-key")

    def expired(self, client):
        city, _ = self.world.pick(self.rng)
        code = Code(city.id, city.code_key, issued=int(time.time()) - 9 * DAY, days=3)
        self.code_json(client, code, "expired")

    def malformed(self, client):
        city, code = self.world.pick(self.rng)
        self.json_of(client, f"/{city.id}/{code.token()[:-1]}", lambda size: {"malformed"},
                     client.target.size)

    def identifier(self, client):
        city, _ = self.world.pick(self.rng)
        self.json_of(client, f"/{city.id}",
                     lambda size: self.world.may_say(size, city, None, "registered"),
                     client.target.size)

    def unknown(self, client):
        self.json_of(client, f"/MA.156.X{self.rng.randrange(10**6)}",
                     lambda size: {"unknown-id"}, client.target.size)

    def checkpoint(self, client):
        before = client.target.size
        size, root = head_of(self.content(client, "/ledger/checkpoint").decode())
        client.target.saw(size, before, "checkpoint")
        self.expect_root(client, size, root)

    def expect_root(self, client, size, root):
        known = self.world.root(size)
        if known is not None and known != root:
            raise Wrong(f"{client.target.name}: another root at size {size}")

    def content(self, client, path):
        reply = client.ask(path)
        if reply.status != 200:
            raise Wrong(f"{client.target.name}: {path}: {reply}")
        return reply.body

    def log_file(self, client, level, values):
        """A tile or bundle of 256, or the part of it that the replica is known to have."""
        have = min(client.target.size, len(values))
        number = self.rng.randrange((have + 255) // 256)
        part = values[number * 256:min(have, number * 256 + 256)]
        name = f"/ledger/tile/{level}/{number:03d}" + (f".p/{len(part)}" if len(part) < 256 else "")
        return self.content(client, name), part, name

    def tile(self, client):
        body, part, name = self.log_file(client, "0", self.world.leaves)
        if body != b"".join(part):
            raise Wrong(f"{client.target.name}: {name} is not the log's")

    def bundle(self, client):
        body, part, name = self.log_file(client, "entries", self.world.entries)
        if body != b"".join(len(entry).to_bytes(2, "big") + entry for entry in part):
            raise Wrong(f"{client.target.name}: {name} is not the log's")

    def proof(self, client, about):
        body = self.content(client, f"/{about}/proof")
        proof = cbor2.loads(body)
        if proof[1] != about or sha256(body.replace(proof[8], bytes(32))) != proof[8]:
            raise Wrong(f"{client.target.name}: the proof of {about} is damaged")
        size, root = head_of(proof[2])
        self.expect_root(client, size, root)
        self.report.proofs.append((about, body, size))

    def proof_of_code(self, client):
        _, code = self.world.pick(self.rng)
        self.proof(client, f"{code.subject}/{code.token()}")

    def proof_of_identifier(self, client):
        self.proof(client, self.world.pick(self.rng)[0].id)
