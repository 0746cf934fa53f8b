"""The scanner's page with and without a program, and how the program's files are handed out."""
import gzip
import json
import re
import shutil
import unittest

import cityid_process
from cityid_process import cityid, resolver, temporary_directory

FILES = {"main.js": b"import './other.js';\n" * 99, "other.js": b"export {};\n",
         "judge.worker.js": b"1;\n", "a.css": b"p{}\n", "b.wasm": b"\0asm\1\0\0\0",
         "c.webmanifest": b"{}\n", "d.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>\n"}
TYPES = {"main.js": "text/javascript; charset=utf-8", "a.css": "text/css; charset=utf-8",
         "judge.worker.js": "text/javascript; charset=utf-8", "b.wasm": "application/wasm",
         "c.webmanifest": "application/manifest+json", "d.svg": "image/svg+xml"}
WASM = "'wasm-unsafe-eval'"


def setUpModule():
    global DEMO
    DEMO = unittest.enterModuleContext(cityid_process.demo())


def write(directory, files=FILES):
    directory.mkdir(exist_ok=True)
    for name, content in files.items():
        (directory / name).write_bytes(content)
    return directory


class Scanner(cityid_process.Case):
    def setUp(self):
        self.directory = self.enterContext(temporary_directory())
        self.web = write(self.directory / "web")
        (self.web / "main.js.gz").write_bytes(gzip.compress(FILES["main.js"]))

    def serve(self, *options):
        return self.enterContext(resolver(DEMO.ledger, *options))

    def program(self, served):
        """Where the page says that the program is."""
        return re.search(r'src="(/scan/[0-9a-f]{16}/)main\.js"', served.request("/scan").text)[1]


class Page(Scanner):
    def test_without_a_program_it_is_a_form_without_scripts(self):
        page = self.serve().request("/scan?lang=zh")
        self.assertEqual((page.status, page["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertEqual(page["content-language"], "zh-CN")
        self.assertIn('action="/verify?lang=zh"', page.text)
        self.assertNotIn("<script", page.text)
        self.assertNotIn(WASM, page["content-security-policy"])

    def test_with_a_program_it_may_run_webassembly_of_this_host_and_use_the_camera(self):
        served = self.serve("--web", self.web)
        page = served.request("/scan")
        policy = page["content-security-policy"]
        for part in (f"script-src 'self' {WASM};", "worker-src 'self'", "manifest-src 'self'",
                     "default-src 'none'", "frame-ancestors 'none'"):
            self.assertIn(part, policy)
        self.assertEqual(page["permissions-policy"], "camera=(self)")
        other = served.request("/", accept="text/html")
        self.assertNotIn("script-src", other["content-security-policy"])
        self.assertIsNone(other["permissions-policy"])

    def test_it_has_the_words_of_every_verdict(self):
        served = self.serve("--web", self.web)
        for tag in ("en", "zh", "ar"):
            page = served.request(f"/scan?lang={tag}").text
            words = json.loads(re.search(r'id="words">(.*?)</script>', page)[1])
            problem = served.request("/problems/forged").json()["text"][words["language"]]
            forged = words["verdicts"]["forged"]
            self.assertEqual((forged["title"], forged["advice"], forged["tone"]),
                             (problem["title"], problem["advice"], "bad"))

    def test_every_page_leads_to_it_first(self):
        served = self.serve()
        for path in ("/", "/MA.156.1301", "/search?q=x", "/no/such", "/problems/forged"):
            page = served.request(path, accept="text/html", accept_language="ar").text
            first = re.search(r'<main>.*?<a href="([^"]*)"', page, re.DOTALL)[1]
            self.assertEqual(first, "/scan?lang=ar", path)


class Files(Scanner):
    def test_they_have_their_types_and_are_kept_for_ever(self):
        served = self.serve("--web", self.web)
        program = self.program(served)
        for name, of_type in TYPES.items():
            reply = served.request(program + name)
            self.assertEqual((reply.status, reply["content-type"]), (200, of_type))
            self.assertEqual(reply.body, FILES[name])
            self.assertIn("immutable", reply["cache-control"])
            self.assertEqual(reply["x-content-type-options"], "nosniff")
            self.assertEqual(WASM in reply["content-security-policy"],
                             name.endswith(".worker.js"), name)

    def test_what_is_compressed_is_sent_so_to_those_who_take_it(self):
        served = self.serve("--web", self.web)
        path = self.program(served) + "main.js"
        packed = served.request(path, accept_encoding="gzip")
        self.assertEqual(packed["content-encoding"], "gzip")
        self.assertEqual(gzip.decompress(packed.body), FILES["main.js"])
        self.assertEqual(served.request(path).body, FILES["main.js"])

    def test_any_change_changes_the_address(self):
        first = self.program(self.serve("--web", self.web))
        (self.web / "other.js").write_bytes(b"export default 1;\n")
        served = self.serve("--web", self.web)
        self.assertNotEqual(self.program(served), first)
        self.assertEqual(served.request(first + "other.js").status, 404)
        self.assertEqual(served.request(self.program(served) + "missing.js").status, 404)
        self.assertEqual(served.request(self.program(served) + "%2e%2e%2fmain.js").status, 404)


class Refused(Scanner):
    def expect_refused_with(self, *words):
        self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--listen", "127.0.0.1:0",
                                   "--web", self.web, "--check"), 2, *words)

    def test_what_is_not_served(self):
        for name, content, word in (
                ("page.html", b"<p>", "type"), ("Main.js", b"1", "name"),
                (".hidden.js", b"1", "name"),
                ("x.js.gz", gzip.compress(b"1"), "compressed form"),
                ("a.css.gz", gzip.compress(b"other"), "differ")):
            with self.subTest(name):
                (self.web / name).write_bytes(content)
                self.expect_refused_with(name.removesuffix(".gz"), word)
                (self.web / name).unlink()

    def test_a_directory_in_it(self):
        (self.web / "more").mkdir()
        self.expect_refused_with("more")

    def test_a_directory_without_a_start(self):
        (self.web / "main.js").unlink()
        (self.web / "main.js.gz").unlink()
        self.expect_refused_with("main.js", "./dev web")

    def test_a_directory_that_is_not_there(self):
        shutil.rmtree(self.web)
        self.expect_refused_with(str(self.web))

    def test_too_many_files_and_too_large_ones(self):
        (self.web / "large.js").write_bytes(b" " * (4 << 20) + b"1")
        self.expect_refused(cityid("serve", "--ledger", DEMO.ledger, "--web", self.web, "--check"),
                            3, "large.js")
        (self.web / "large.js").unlink()
        write(self.web, {f"many{i}.js": b"1" for i in range(140)})
        self.expect_refused_with("64")


if __name__ == "__main__":
    cityid_process.main()
