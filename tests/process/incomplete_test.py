"""cityid scan where it can't know everything: pages that nobody draws or reads, and whose web addresses
are. What it found is judged all the same, and the status never says more than that."""
import http.server
import os
import pathlib
import shutil
import subprocess
import unittest
import urllib.request

import cityid_process
import picture
import proofs
from cityid_process import HOST, cityid


def setUpModule():
    global DEMO, FILES
    DEMO = unittest.enterModuleContext(cityid_process.demo())
    FILES = unittest.enterModuleContext(cityid_process.temporary_directory())


def file(name, content, mode=0o600):
    path = FILES / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def rows_of(text, scale=3):
    """The rows of a picture of a QR code with any text."""
    lines = subprocess.run(["qrencode", "-t", "ASCII", "-m", "4", "-l", "M", "-o", "-", text],
                           check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
    return [b"".join((b"\0" if module == "#" else b"\xff") * scale for module in line[::2])
            for line in lines for _ in range(scale)]


def beside(one, other):
    """Two pictures as one."""
    height = max(len(one), len(other))
    def filled(rows):
        return rows + [b"\xff" * len(rows[0])] * (height - len(rows))
    return [left + right for left, right in zip(filled(one), filled(other))]


def page(rows):
    return f"P5\n{len(rows[0])} {len(rows)}\n255\n".encode() + b"".join(rows)


def good():
    return picture.grey_rows(DEMO.png().read_bytes())


def revoked():
    return picture.grey_rows((DEMO.directory / "revoked.png").read_bytes())


class IncompleteCase(cityid_process.Case):
    def expect_scanned(self, finished, status, *verdicts):
        found = [line["verdict"] for line in finished.json_lines() if "verdict" in line]
        self.assertEqual((finished.status, sorted(found)), (status, sorted(verdicts)), finished)


class Pages(IncompleteCase):
    """PDFs, with a program in place of pdftoppm that draws given pages and ends as it is told."""

    def scan(self, pages, end="exit 0", program=None):
        drawn = [file(f"drawn/{number}.pgm", page(rows)) for number, rows in enumerate(pages)]
        lines = [f"cat {path}" for path in drawn]
        file("bin/pdftoppm", "#!/bin/sh\n" + "\n".join([*lines, end]) + "\n", 0o700)
        path = f"{FILES / 'bin'}:{os.environ['PATH']}"
        return cityid_process.run(program or cityid_process.program(), "scan", "--json", "--ledger",
                                  DEMO.ledger, file("a.pdf", "%PDF-1.7\n"),
                                  env=dict(os.environ, PATH=path))

    def test_all_pages_that_are_drawn_are_all(self):
        finished = self.scan([good(), good()])
        self.expect_scanned(finished, 0, "valid", "valid")
        self.assertEqual(finished.err, "")

    def test_pages_that_are_not_drawn_are_said(self):
        for end in ("kill -KILL $$", "kill -XCPU $$", "exit 1", "exit 99",
                    "printf 'P5\\n2000 2000\\n255\\n...'", "printf nonsense"):
            with self.subTest(end):
                finished = self.scan([good(), good()], end)
                self.expect_scanned(finished, 3, "valid", "valid")
                self.expect_one_line(finished, "only as far as page 2")

    def test_a_page_that_is_not_valid_is_not_hidden_by_one_that_is_not_drawn(self):
        self.expect_scanned(self.scan([revoked()], "exit 1"), 1, "revoked")

    def test_what_is_on_other_pages_is_judged_if_one_cannot_be_read(self):
        with cityid_process.temporary_directory() as place:
            program = place / "cityid"
            shutil.copy(cityid_process.program(), program)
            whole = pathlib.Path(cityid_process.program()).with_name("cityid-reader")
            reader = place / "cityid-reader"
            # It is there for one page, and then no more.
            reader.write_text(f'#!/bin/sh\n/bin/rm "$0"\nexec {whole}\n')
            reader.chmod(0o700)
            finished = self.scan([revoked(), good()], program=program)
        self.expect_scanned(finished, 1, "revoked")
        self.assertIn("page 2: cannot start", finished.err)


def forgetful(url):
    """A resolver that answers as another one does, and has nothing to say of itself."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/":
                self.send_error(503)
                return
            asked = urllib.request.Request(url + self.path, headers={"Accept": "application/json"})
            with urllib.request.urlopen(asked) as answer:
                body = answer.read()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    return proofs.http_server(Handler)


class Addresses(IncompleteCase):
    """A code that is not valid at a host of the policy, beside a valid one."""

    def address(self, text):
        name = text.replace("/", "_") + ".png"
        return file(name, picture.png(beside(good(), rows_of(text))))

    def ours(self):
        return self.address(f"https://{HOST}/menu")

    def test_an_address_at_a_host_of_the_policy_is_judged_in_any_case_of_letters(self):
        for scheme in ("https", "HTTPS", "Https", "hTTp"):
            with self.subTest(scheme):
                finished = cityid("scan", "--json", "--ledger", DEMO.ledger,
                                  self.address(f"{scheme}://{HOST}/menu"))
                self.expect_scanned(finished, 1, "valid", "malformed")

    def test_a_pack_and_a_proof_know_the_hosts(self):
        trust = DEMO.directory / "trust.txt"
        pack, proof = FILES / "pack", FILES / "proof"
        self.expect_done(cityid("pack", "MA.156", "--ledger", DEMO.ledger, "-o", pack))
        about = DEMO.url().split("/", 3)[3]
        self.expect_done(cityid("prove", about, "--ledger", DEMO.ledger, "-o", proof))
        for option, document in (("--pack", pack), ("--proof", proof)):
            with self.subTest(option):
                finished = cityid("scan", "--json", option, document, "--trust", trust, self.ours())
                self.expect_scanned(finished, 1, "valid", "malformed")

    def test_without_the_hosts_an_address_may_be_anybodys(self):
        with cityid_process.resolver(DEMO.ledger) as real, forgetful(real.url) as url:
            finished = cityid("scan", "--json", "--resolver", url, self.ours())
            self.expect_scanned(finished, 3, "valid")
            self.assertIn("whose web address", finished.err)
            # Without such an address nobody needs the hosts.
            self.expect_scanned(cityid("scan", "--json", "--resolver", url, DEMO.png()), 0, "valid")


if __name__ == "__main__":
    cityid_process.main()
