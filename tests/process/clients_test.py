"""Clients that generators make from /openapi.json, and what linters say of it. Options: web_cases.py.
"""
import base64
import copy
import re
import unittest

import cityid_process
import web_cases
from cityid_process import SHIJIAZHUANG
from web_cases import node

DRAFT = "0" * 64
# What each operation is called with, and the status that it then has if that isn't 200.
NO_COSE = {"bytes": base64.b64encode(b"no record").decode()}


def setUpModule():
    global RESOLVER, OPENAPI, CALLS, FOUND
    web_cases.tool("node")
    web_cases.install_packages()
    demo = unittest.enterModuleContext(cityid_process.demo())
    snapshots = demo.directory / "snapshots"
    snapshots.mkdir()
    (snapshots / "1").write_bytes(b"a snapshot")
    RESOLVER = unittest.enterModuleContext(
        cityid_process.resolver(demo.ledger, "--registry", "--snapshots", snapshots))
    OPENAPI = RESOLVER.request("/openapi.json").json()
    CALLS = calls_of(demo.url(), RESOLVER.request("/").json()["ledger"]["time"])
    FOUND = node("clients.mjs", {"openapi": OPENAPI, "url": RESOLVER.url,
                                 "calls": {name: call for name, (call, _) in CALLS.items()}})


def calls_of(code, time):
    """A call of each operation, by its name, and the status that it must come to."""
    city = {"id": SHIJIAZHUANG}
    token = {"path": {**city, "token": code.rsplit("/", 1)[1]}}
    draft = {"path": {"draft": DRAFT}}

    def path(**values):
        return {"path": values}, 200
    calls = {name: ({}, 200) for name in ("getRoot", "getOpenapiJson", "getHealthz", "getReadyz",
                                          "getVerify", "getLedgerCheckpoint", "getLedgerTrust",
                                          "getRegistryApplications",
                                          "getWellKnownGsResolver", "getRobotsTxt",
                                          "getWellKnownApiCatalog", "getScan")}
    return calls | {
        "getProblemsType": path(type="forged"), "getRelRelation": path(relation="_dataPortal"),
        "getSearch": ({"query": {"q": "石家庄", "limit": 2, "lang": "zh"}}, 200),
        "getAliasSchemeValue": path(scheme="gbt2260", value="130100"),
        "postResolve": ({"body": [SHIJIAZHUANG, code]}, 200), "postVerify": ({"body": {"code": code}}, 200),
        "postRegistryApplications": (NO_COSE, 400), "postRegistryStatements": (NO_COSE, 400),
        "getRegistryApplicationsDraft": (draft, 404), "getRegistryStatementsDraft": (draft, 404),
        "getRegistryApplicationsDraftState": (draft, 404),
        "getLedgerStateKey": path(key="47"), "getLedgerEntryIndex": path(index=0),
        "getLedgerTileFile": path(file="entries/000"), "getLedgerPoliciesVersion": path(version=1),
        "getLedgerSnapshotSize": path(size=1),
        "getGln": ({"path": {"gln": "9521141123454"}}, 404),
        "getEhHex": ({"path": {"hex": "3276451fd46072000000162e"}}, 404),
        "getExBase": ({"path": {"base64": "MnZFH9RgcgAAABYu"}}, 404),
        "getScanVersionFile": ({"path": {"version": "0" * 16, "file": "main.js"}}, 404),
        "getWellKnownSecurityTxt": ({}, 404), "getIdDcat": path(**city),
        "getIdDidJson": path(**city), "getIdJwks": path(**city),
        "getIdentifiersDid": path(did=f"did:web:{cityid_process.HOST}:{SHIJIAZHUANG}"),
        "getId": ({"path": city, "query": {"versionTime": f"{time[:-1]}.25+00:00"}}, 200),
        "getIdProof": path(**city), "getIdPack": path(**city), "getIdChildren": path(**city), "getIdHistory": path(**city),
        "getIdPeers": ({"path": city, "query": {"rel": "_contextBroker"}}, 200),
        "getIdToken": (token, 200), "getIdTokenProof": (token, 200)}


class Clients(cityid_process.Case):
    def test_every_operation_has_a_name_and_is_called(self):
        names = {operation["operationId"] for item in OPENAPI["paths"].values()
                 for operation in item.values()}
        self.assertEqual(set(CALLS), names)
        self.assertEqual(len(FOUND), 2)
        for generator, found in FOUND.items():
            self.assertEqual(set(found["calls"]), names, generator)

    def test_the_clients_compile(self):
        for generator, found in FOUND.items():
            self.assertEqual(found["wrong"], [], generator)

    def test_each_call_reaches_its_operation(self):
        for generator, found in FOUND.items():
            for path, item in OPENAPI["paths"].items():
                for method, operation in item.items():
                    call = found["calls"][operation["operationId"]]
                    with self.subTest(generator, call=call):
                        self.assertEqual(call["method"], method.upper())
                        pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(path))
                        self.assertRegex(call["target"], rf"\A{pattern}(\?.*)?\Z")

    def test_each_call_is_answered_as_described(self):
        for generator, found in FOUND.items():
            for item in OPENAPI["paths"].values():
                for operation in item.values():
                    name = operation["operationId"]
                    call, (_, status) = found["calls"][name], CALLS[name]
                    with self.subTest(generator, call=call):
                        self.assertEqual(call["status"], status)
                        described = operation["responses"][str(status)]
                        if "$ref" not in described:
                            self.assertIn(call["type"].split(";")[0], described["content"])


class Linters(cityid_process.Case):
    def test_they_find_nothing(self):
        self.assertEqual(node("lint.mjs", {"openapi": OPENAPI}), {"redocly": [], "spectral": []})

    def test_they_find_what_is_wrong(self):
        for change in (lambda d: d["info"].pop("license"), lambda d: d.pop("servers"),
                       lambda d: d["paths"]["/{id}"]["get"].pop("operationId")):
            document = copy.deepcopy(OPENAPI)
            change(document)
            found = node("lint.mjs", {"openapi": document})
            self.assertTrue(found["redocly"] or found["spectral"], found)


if __name__ == "__main__":
    web_cases.read_options()
    cityid_process.main()
