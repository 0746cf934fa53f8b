"""Claim: the checker in WebAssembly comes to the outcome of the native one, byte for byte, for every
code, proof, trust file and fuzz corpus; and its package is one that npm packs and a stranger installs.

CITYID_PACKAGE: the folder of the package that the preset `wasm` builds.
    --node-modules DIR  as for pages_test.py: TypeScript is from there
"""
import json
import os
import pathlib

import checker
import cityid_process
import proofs
import web_cases
from checker import ABSENT
from cityid_process import SHIJIAZHUANG, run, seeded
from proofs import ProofCase

PACKAGE = pathlib.Path(os.environ.get("CITYID_PACKAGE", ""))
RUNNER = """
import { readFileSync } from 'node:fs';
import { use } from './out/consumer.js';
import { load } from 'cityid';
const bytes = (name) => new Uint8Array(readFileSync(name));
const text = (name) => readFileSync(name, 'utf8');
const wasm = await WebAssembly.compile(bytes('node_modules/cityid/cityid.wasm'));
console.log((await use(wasm, {
  trust: text('trust.txt'), document: bytes('proof'), pack: bytes('pack'), policy: bytes('policy'),
  checkpoint: text('checkpoint'), url: process.argv[2], id: process.argv[3],
})).join('\\n'));
const cityid = await load();  // from beside the module
const proof = cityid.open({ trust: text('trust.txt'), document: bytes('proof') });
proof.close();
try { proof.lookUp('MA.156.1301'); } catch (error) { console.log(error.name, error.code); }
await load(new Uint8Array([0, 0x61, 0x73, 0x6d, 1])).catch((error) => console.log(error.name));
"""


def setUpModule():
    global DEMO, NATIVE
    DEMO = proofs.set_up()
    NATIVE = checker.Checker()
    web_cases.install_packages()


class WebChecker(ProofCase):
    def test_every_case_has_the_native_outcome(self):
        codes = [checker.as_bytes(code) for code in checker.codes(DEMO)]
        documents = [self.prove().read_bytes(), self.prove(ABSENT).read_bytes()]
        documents += [self.prove(checker_path(code)).read_bytes() for code in codes[:2]]
        cases = checker.cases(self.trust.read_bytes(), documents, codes, seeded("the checker"))
        seen = set()
        web = self.enterContext(checker.WebChecker(PACKAGE))
        for case in cases:
            native, outcome = NATIVE.ask(case), web.ask(case)
            seen.add(native[0] or native[1])
            if case["call"] in ("parse", "seals") and native[0] == "":
                native = (*native[:2], json.dumps(json.loads(native[2]), separators=(",", ":"),
                                                  ensure_ascii=False), native[3])
            self.assertEqual(outcome, native, {name: value[:200] if isinstance(value, (bytes, list)) else value
                                               for name, value in case.items()})
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
        self.prove(DEMO.url(), name="proof")
        self.expect_done(cityid_process.cityid("pack", SHIJIAZHUANG, "--ledger", self.ledger,
                                               "-o", home / "pack"))
        with cityid_process.resolver(self.ledger) as served:
            (home / "policy").write_bytes(served.request("/ledger/policies/1").body)
            (home / "checkpoint").write_bytes(served.request("/ledger/checkpoint").body)
        (home / "consumer.ts").write_bytes((checker.TESTS / "web" / "consumer.ts").read_bytes())
        compiled = run("node", web_cases.OPTIONS.node_modules / "typescript" / "lib" / "tsc.js", "--strict",
                       "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--target", "es2022",
                       "--module", "nodenext", "--outDir", "out", "consumer.ts", cwd=home)
        self.assertEqual((compiled.status, compiled.out), (0, ""), compiled)
        (home / "run.js").write_text(RUNNER)
        finished = run("node", "run.js", DEMO.url(), SHIJIAZHUANG, cwd=home)
        self.assertEqual(finished.out.splitlines(), [
            f"version {NATIVE.version().decode()}",
            "judge valid, the signature verifies and the identifier is active", "lookUp Shijiazhuang",
            "json true", "openPack valid", "keptHead 1", "parse false", "about true", "seals 0 false", "trustVersion 2",
            "updateTrust true", "texts 4", "error CityIdError malformed true", "all members", "all members",
            "CityIdError usage", "CompileError"], finished)

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
    web_cases.read_options()
    cityid_process.main()
