"""docs/start/institute.md as it stands: its commands, with directories for machines."""
import os
import pathlib
import pty
import re
import select
import signal
import time

import cityid_process
from consortium import free_port
from cityid_process import wait_until

DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "start" / "institute.md"
PARTIES = {"a": "institute-a.example", "b": "institute-b.example", "c": "institute-c.example",
           "city": "city.example"}
MOST = 10  # commands of a party
PASSPHRASE = "correct horse battery staple"
SERVING = re.compile(r"cityid (serve|witness)|caddy ")

# What carries files between machines, and the proxy, as this test has them.
SCP = """#!/bin/sh
for last; do :; done
host=${last%%:*}
cp "$1" "$MACHINES/$host/${last#*:}"
"""
CADDY = "#!/bin/sh\nexec sleep 600\n"


def blocks():
    """The document's commands: [(party, script)], in order."""
    found = re.findall(r"^```sh ([a-z ]+)\n(.*?)^```$", DOCUMENT.read_text(), re.M | re.S)
    return [(party, script) for parties, script in found for party in parties.split()]


def commands(script):
    """The lines that a person types as commands: not those of a file."""
    return re.sub(r"<<'END'\n.*?^END$", "", script, flags=re.M | re.S).strip().splitlines()


class Typed:
    """A script with a terminal of its own, on which a person answers what it asks."""

    def __init__(self, script, directory, environment):
        self.script, self.text, self.answered = script, b"", 0
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(directory)
            os.execvpe("bash", ["bash", "-e", "-c", script], environment)

    def step(self):
        """Reads what is there, and answers a question; False at the end."""
        if not select.select([self.terminal], [], [], 0.02)[0]:
            return True
        try:
            self.text += os.read(self.terminal, 65536)
        except OSError:
            return False
        new = self.text[self.answered:]
        asked = new.endswith(b"[y/N] ") or re.search(rb"(assphrase[^\n]*|again): $", new)
        if asked:
            self.answered = len(self.text)
            answer = b"y" if new.endswith(b"[y/N] ") else PASSPHRASE.encode()
            os.write(self.terminal, answer + b"\n")
        return True

    def __str__(self):
        return f"{self.script}\n{self.text.decode('utf-8', 'replace')}"

    def finish(self):
        """To its end: what it wrote."""
        deadline = time.monotonic() + 2 * cityid_process.DEADLINE
        while self.step():
            assert time.monotonic() < deadline, f"it goes on: {self}"
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        assert status == 0, f"status {status}: {self}"
        return self.text.decode()

    def wait_for(self, words):
        """Until it says so, while it goes on running."""
        def said():
            assert self.step(), f"it ended: {self}"
            return words in self.text
        wait_until(said, f"{words} of {self}")

    def kill(self):
        os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


class Start(cityid_process.Case):
    def setUp(self):
        self.machines = self.enterContext(cityid_process.temporary_directory())
        tools = self.machines / "tools"
        tools.mkdir()
        for name, text in (("scp", SCP), ("caddy", CADDY)):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        (tools / "cityid").symlink_to(cityid_process.program())
        self.environment = os.environ | {"PATH": f"{tools}:{os.environ['PATH']}",
                                         "MACHINES": str(self.machines)}
        for name in PARTIES.values():
            (self.machines / name / "founding").mkdir(parents=True)
        self.registry, *witnesses, self.replica = (free_port() for _ in range(4))
        self.mapped = {"https://id.example.cn": f"http://127.0.0.1:{self.registry}",
                       "127.0.0.1:8080": f"127.0.0.1:{self.registry}",
                       "127.0.0.1:8082": f"127.0.0.1:{self.replica}"}
        self.ports = {}
        for party, port in zip("bc", witnesses):
            self.mapped[f"https://witness.institute-{party}.example"] = f"http://127.0.0.1:{port}"
            self.ports[party] = port

    def place(self, party):
        return self.machines / PARTIES[party] / "founding"

    def script(self, party, script, identifier):
        """With this machine's addresses, and the application's id where ID stands."""
        for name, address in self.mapped.items():
            script = script.replace(name, address)
        if party in self.ports:
            script = script.replace("127.0.0.1:8081", f"127.0.0.1:{self.ports[party]}")
        return re.sub(r"\bID\b", identifier, script)

    def type(self, party, script, identifier):
        typed = Typed(self.script(party, script, identifier), self.place(party), self.environment)
        self.addCleanup(os.close, typed.terminal)
        return typed.finish()

    def serve(self, party, script):
        typed = Typed(self.script(party, script, ""), self.place(party), self.environment)
        self.addCleanup(typed.kill)
        if script.startswith("cityid"):
            typed.wait_for(b"stop with Ctrl-C")

    def test_nobody_types_more_than_ten_commands(self):
        counted = dict.fromkeys(PARTIES, 0)
        for party, script in blocks():
            counted[party] += len(commands(script))
        self.assertTrue(all(0 < count <= MOST for count in counted.values()), counted)

    def test_three_institutes_found_a_ledger_and_a_city_gets_its_first_code(self):
        identifier, text = "", ""
        for party, script in blocks():
            if SERVING.match(script):
                self.serve(party, script)
                continue
            if "cityid applications" in script or "cityid approve" in script:
                wait_until(lambda: cityid_process.fetch(self.registry, "/ledger/checkpoint").status
                           == 200, "a checkpoint")
            text = self.type(party, script, identifier)
            if waiting := re.search(r"waiting ([0-9a-f]{64})", text):
                identifier = waiting[1]
        self.assertRegex(text, r"sequenced \d+")
        self.assertIn("valid", text.splitlines()[-1] + text)
        self.assertNotIn("warning", text)
        for name in ("record.key", "code.key"):
            self.assertNotIn("protection none", (self.place("city") / name).read_text())
        wait_until(lambda: cityid_process.fetch(self.replica, "/MA.156.1301").status == 200,
                   "the replica has the city")


if __name__ == "__main__":
    cityid_process.main()
