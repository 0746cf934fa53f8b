"""Claim: the checker in WebAssembly comes to the outcome of the native one, byte for byte, for every
code, proof, trust file and fuzz corpus; and its package is one that npm packs and a stranger installs.

CITYID_PACKAGE: the folder of the package that the preset `wasm` builds.
"""
import base64
import json
import os
import pathlib
import subprocess

import checker
import cityid_process
import proofs
from checker import ABSENT
from cityid_process import SHIJIAZHUANG, run, seeded
from proofs import ProofCase

PACKAGE = pathlib.Path(os.environ.get("CITYID_PACKAGE", ""))
DRIVER = checker.TESTS / "web" / "checker.mjs"
CONSUMER = """
import { load } from 'cityid';
import { readFileSync } from 'node:fs';
const cityid = await load();
const proof = cityid.open({ trust: readFileSync('trust.txt'), document: readFileSync('proof') });
console.log(proof.lookUp(process.argv[2]).verdict, proof.keptHead.split('\\n')[0]);
console.log(cityid.title('valid', 'zh-CN') !== cityid.title('valid'));
proof.close();
try {
  cityid.open({ trust: '', document: new Uint8Array() });
} catch (error) {
  console.log(error.name, error.code);
}
await load(new Uint8Array([0, 0x61, 0x73, 0x6d, 1])).catch((error) => console.log(error.name));
"""


def setUpModule():
    global DEMO, NATIVE
    DEMO = proofs.set_up()
    NATIVE = checker.Checker()


def as_json(case):
    def text(value):
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        return [text(item) for item in value] if isinstance(value, list) else value
    return json.dumps({name: text(value) for name, value in case.items()})


def in_webassembly(cases):
    finished = subprocess.run(
        ["node", DRIVER, PACKAGE / "cityid.js"], input="\n".join(map(as_json, cases)).encode(),
        capture_output=True, timeout=300, check=False)
    if finished.returncode != 0:
        raise AssertionError(finished.stderr.decode())
    return [tuple(json.loads(line)) for line in finished.stdout.splitlines()]


class WebChecker(ProofCase):
    def test_every_case_has_the_native_outcome(self):
        codes = [checker.as_bytes(code) for code in checker.codes(DEMO)]
        documents = [self.prove().read_bytes(), self.prove(ABSENT).read_bytes()]
        documents += [self.prove(checker_path(code)).read_bytes() for code in codes[:2]]
        cases = checker.cases(self.trust.read_bytes(), documents, codes, seeded("the checker"))
        outcomes = in_webassembly(cases)
        self.assertEqual(len(outcomes), len(cases))
        seen = set()
        for case, outcome in zip(cases, outcomes):
            native = NATIVE.ask(case)
            seen.add(native[0] or native[1])
            if case["call"] == "parse" and native[0] == "":
                native = (*native[:2], json.dumps(json.loads(native[2]), separators=(",", ":"),
                                                  ensure_ascii=False), native[3])
            self.assertEqual(outcome, native, {name: value if name in ("call", "now") else value[:200]
                                               for name, value in case.items() if name != "host"})
        self.assertLessEqual({"valid", "forged", "wrong-host", "registered", "unknown-id", "malformed",
                              "unsupported", "ledger-stale", "unreached", "refused"}, seen)

    def test_the_package_is_installed_and_used_by_a_stranger(self):
        home = self.directory
        packed = run("npm", "pack", PACKAGE, "--silent", cwd=home, env=quiet(home))
        self.assertEqual(packed.status, 0, packed)
        (home / "package.json").write_text('{"name":"stranger","private":true,"type":"module"}')
        installed = run("npm", "install", "--offline", "--no-audit", "--no-fund",
                        f"./{packed.out.strip()}", cwd=home, env=quiet(home))
        self.assertEqual(installed.status, 0, installed)
        (home / "trust.txt").write_bytes(self.trust.read_bytes())
        self.prove(name="proof")
        (home / "consumer.js").write_text(CONSUMER)
        finished = run("node", "consumer.js", SHIJIAZHUANG, cwd=home)
        self.assertEqual(finished.out.splitlines(), [
            f"registered {proofs.ORIGIN}", "true", "CityIdError malformed", "CompileError"], finished)

    def test_it_imports_nothing_but_three_calls_of_wasi(self):
        listed = run("node", "-e", "WebAssembly.compile(require('fs').readFileSync(process.argv[1]))"
                     ".then(m => console.log(WebAssembly.Module.imports(m).map(i => i.name).sort()"
                     ".join(' ')))", PACKAGE / "cityid.wasm")
        self.assertLessEqual(set(listed.out.split()), {"fd_close", "fd_seek", "fd_write"}, listed)


def checker_path(code):
    return NATIVE.ask({"call": "about", "asked": code})[2]


def quiet(home):
    return {**os.environ, "npm_config_cache": str(home / "npm"), "npm_config_update_notifier": "false"}


if __name__ == "__main__":
    if not (PACKAGE / "cityid.wasm").is_file():
        raise SystemExit("set CITYID_PACKAGE to build/wasm/package, which ./dev web builds")
    cityid_process.main()
