"""DID documents, DID Resolution and JWK Sets, also as other programs read them. Options: web_cases.py.
"""
import base64
import json
import urllib.parse

import cityid_process
import signed_code
import web_cases
from cityid_process import DEPARTMENT, HOST, SHIJIAZHUANG
from web_cases import LAMP, SUPERSEDED, SUSPENDED, WITHDRAWN

CITY = f"did:web:{HOST}:{SHIJIAZHUANG}"
STANDARD = "https://www.w3.org/ns/did#"
RESULT, DOCUMENT, PART = ("application/did-resolution", "application/did",
                          "application/did-url-dereferencing")


def setUpModule():
    global WORLD
    web_cases.set_up()
    WORLD = web_cases.WORLD


def get(target, **headers):
    return WORLD.resolver.request(target, host=HOST, **headers)


def did_of(identifier):
    return f"did:web:{HOST}:{identifier}"


def resolve(did_url, **headers):
    return get(f"/1.0/identifiers/{did_url}", **headers)


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class DidCase(cityid_process.Case):
    def expect_error(self, reply, status, name, part=False):
        self.assertEqual((reply.status, reply.media_type), (status, PART if part else RESULT), reply)
        result = reply.json()
        error = result["dereferencingMetadata" if part else "didResolutionMetadata"]["error"]
        self.assertEqual((error["type"], error["status"]), (STANDARD + name, status), reply)
        self.assertTrue(error["title"] and error["detail"])
        self.assertIsNone(result["content" if part else "didDocument"])
        self.assertEqual(result["contentMetadata" if part else "didDocumentMetadata"], {})


class Documents(DidCase):
    def test_the_same_document_comes_in_every_way(self):
        document = get(f"/{SHIJIAZHUANG}/did.json")
        self.assertEqual((document.status, document.media_type), (200, DOCUMENT))
        for reply in (get(f"/{SHIJIAZHUANG}", accept=DOCUMENT),
                      get(f"/{SHIJIAZHUANG}", accept="application/did+ld+json"),
                      resolve(CITY, accept=DOCUMENT),
                      resolve(CITY, accept="application/did+ld+json")):
            self.assertEqual((reply.status, reply.json()), (200, document.json()), reply)
        for reply in (resolve(CITY), get(f"/{SHIJIAZHUANG}", accept=RESULT)):
            self.assertEqual((reply.status, reply.media_type), (200, RESULT), reply)
            self.assertEqual(reply.json()["didDocument"], document.json())

    def test_a_host_that_is_not_ours_is_never_named(self):
        reply = WORLD.resolver.request(f"/{SHIJIAZHUANG}/did.json", host="evil.example")
        self.assertEqual(reply.json()["id"], CITY)

    def test_another_program_resolves_them(self):
        ids = (SHIJIAZHUANG, DEPARTMENT, LAMP)
        urls = {f"https://{HOST}/{one}/did.json": get(f"/{one}/did.json").json() for one in ids}
        wrong = dict(urls[f"https://{HOST}/{LAMP}/did.json"], id=CITY)
        urls[f"https://{HOST}/MA.156.1/did.json"] = wrong
        asked = [*map(did_of, ids), did_of("MA.156.1"), did_of("MA.156.2")]
        found = web_cases.node("did.mjs", {"documents": urls, "dids": asked})["dids"]
        for did, result in zip(asked[:3], found):
            self.assertNotIn("error", result["didResolutionMetadata"])
            self.assertEqual(result["didDocument"]["id"], did)
        for result in found[3:]:
            self.assertIn("error", result["didResolutionMetadata"])

    def test_another_program_expands_them_as_json_ld(self):
        documents = [get(f"/{one}/did.json").json() for one in (SHIJIAZHUANG, DEPARTMENT, LAMP)]
        unknown = dict(documents[0], unheardOf="x")
        relative = dict(documents[0], service=[{"id": f"{CITY}#x", "type": "Relative",
                                                "serviceEndpoint": "https://x.example/"}])
        elsewhere = {"@context": "https://elsewhere.example/context", "id": CITY}
        *graphs, a, b, c = web_cases.node("did.mjs", {"graphs": [*documents, unknown, relative,
                                                                elsewhere]})["graphs"]
        security = "https://w3id.org/security#"
        for document, (graph,) in zip(documents, graphs):
            self.assertEqual(graph["@id"], document["id"])
            self.assertEqual([key["@type"] for key in graph[f"{security}verificationMethod"]],
                             [[f"{security}Multikey"]] * len(document["verificationMethod"]))
            self.assertEqual([service["@type"] for service in graph[f"{STANDARD}service"]],
                             [[service["type"]] for service in document["service"]])
            for service in graph[f"{STANDARD}service"]:
                self.assertIn(f"{STANDARD}serviceEndpoint", service)
        self.assertTrue(all("wrong" in graph for graph in (a, b, c)), "what it can't expand is found")

    def test_what_has_ended_has_none(self):
        for identifier, status in ((WITHDRAWN, 410), (SUPERSEDED, 410), (SUSPENDED, 403),
                                   ("MA.156.0000", 404), ("x", 400)):
            for reply in (get(f"/{identifier}/did.json"), get(f"/{identifier}/jwks")):
                self.assertEqual((reply.status, reply.media_type),
                                 (status, "application/problem+json"), reply)
        self.assertEqual(get(f"/{SHIJIAZHUANG}/did.json?linkType=license").status, 400)


class Keys(DidCase):
    def signed(self, kid):
        key = signed_code.read_key(WORLD.demo.code_key())
        head = base64url(json.dumps({"alg": "EdDSA", "kid": kid}).encode())
        text = f"{head}.{base64url(b'a message')}"
        return f"{text}.{base64url(key.sign(text.encode()).signature)}"

    def test_another_program_verifies_with_them(self):
        reply = get(f"/{SHIJIAZHUANG}/jwks")
        self.assertEqual((reply.status, reply.media_type), (200, "application/jwk-set+json"))
        self.assertEqual(get(f"/{SHIJIAZHUANG}", accept="application/jwk-set+json").json(),
                         reply.json())
        public = bytes(signed_code.read_key(WORLD.demo.code_key()).verify_key)
        keys = {key["x"]: key["kid"] for key in reply.json()["keys"]}
        kid = keys.pop(base64url(public))
        (other,) = keys.values()
        signed = [{"jwks": reply.json(), "jws": self.signed(one)} for one in (kid, other, "no")]
        found = web_cases.node("did.mjs", {"signed": signed})["signed"]
        self.assertEqual(found[0], {"payload": "a message"})
        self.assertEqual([sorted(result) for result in found[1:]], [["wrong"], ["wrong"]])

    def test_they_are_the_active_ones(self):
        active = [key for key in get(f"/{SHIJIAZHUANG}").json()["keys"] if key["status"] == "active"]
        keys = get(f"/{SHIJIAZHUANG}/jwks").json()["keys"]
        self.assertEqual([key["kid"] for key in keys], [key["kid"] for key in active])
        document = get(f"/{SHIJIAZHUANG}/did.json").json()
        self.assertEqual(len(document["verificationMethod"]), len(active))
        for name, use in (("assertionMethod", "code"), ("capabilityInvocation", "record")):
            self.assertEqual(len(document[name]), len([k for k in active if k["use"] == use]))


class Resolution(DidCase):
    def test_it_says_since_when_and_which_version(self):
        metadata = resolve(CITY).json()["didDocumentMetadata"]
        changes = get(f"/{SHIJIAZHUANG}/history?limit=100").json()["changes"]
        self.assertEqual(metadata["created"], changes[-1]["time"])
        (version,) = [c for c in changes if str(c["index"]) == metadata["versionId"]]
        self.assertEqual((metadata["updated"], version["type"]), (version["time"], "update"))
        for identifier in (DEPARTMENT, LAMP):
            (only,) = get(f"/{identifier}/history?limit=100").json()["changes"]
            self.assertEqual(resolve(did_of(identifier)).json()["didDocumentMetadata"],
                             {"created": only["time"], "versionId": str(only["index"])},
                             "what was never changed has no time of a change")

    def test_encoded_dids_are_the_same(self):
        expected = resolve(CITY).json()
        self.assertEqual(resolve(urllib.parse.quote(CITY, safe="")).json(), expected)

    def test_errors_are_those_of_the_standard(self):
        for did, status, name in (
                ("x", 400, "INVALID_DID"), ("did:web", 400, "INVALID_DID"),
                ("did:web:", 400, "INVALID_DID"), ("did:WEB:a:b", 400, "INVALID_DID"),
                (f"{CITY}:", 400, "INVALID_DID"),
                ("did:key:z6Mk", 501, "METHOD_NOT_SUPPORTED"),
                (f"did:web:evil.example:{SHIJIAZHUANG}", 404, "NOT_FOUND"),
                (f"did:web:{HOST}", 404, "NOT_FOUND"), (f"{CITY}.99", 404, "NOT_FOUND"),
                (f"did:web:{HOST}:{SHIJIAZHUANG.lower()}", 404, "NOT_FOUND"),
                (f"did:web:{HOST}:MA%2E156.1301", 404, "NOT_FOUND"),
                (f"did:web:{HOST}%3A443:{SHIJIAZHUANG}", 404, "NOT_FOUND"),
                (f"{CITY}/a/path", 404, "NOT_FOUND"),
                (did_of(SUSPENDED), 404, "NOT_FOUND"),
                (f"{CITY}?unheard=of", 501, "FEATURE_NOT_SUPPORTED"),
                (f"{CITY}?versionTime=yesterday", 400, "INVALID_OPTIONS"),
                (f"{CITY}?versionTime=2999-01-01T00:00:00Z", 400, "INVALID_OPTIONS"),
                (f"{CITY}?versionTime=1999-01-01T00:00:00Z", 404, "NOT_FOUND"),
                (f"{CITY}?versionId=x", 400, "INVALID_OPTIONS"),
                (f"{CITY}?versionId=0", 404, "NOT_FOUND"),
                (f"{CITY}?versionId=1&versionTime=2027-01-01T00:00:00Z", 400, "INVALID_OPTIONS"),
                (f"{CITY}?versionId=589&versionId=589", 400, "INVALID_OPTIONS"),
                (f"{CITY}%3FversionId=589?versionId=589", 400, "INVALID_OPTIONS"),
                (f"{CITY}?expandRelativeUrls=x", 400, "INVALID_OPTIONS"),
                (f"{CITY}?relativeRef=/a", 400, "INVALID_DID_URL")):
            with self.subTest(did):
                self.expect_error(resolve(did), status, name)
        self.expect_error(resolve(CITY, accept="image/png"), 406, "REPRESENTATION_NOT_SUPPORTED")

    def test_what_has_ended_is_deactivated(self):
        for identifier in (WITHDRAWN, SUPERSEDED):
            for accept in ("*/*", DOCUMENT):
                reply = resolve(did_of(identifier), accept=accept)
                self.assertEqual((reply.status, reply.media_type), (410, RESULT))
                self.assertEqual(reply.json(), {"didResolutionMetadata": {}, "didDocument": None,
                                                "didDocumentMetadata": {"deactivated": True}})
            reply = resolve(did_of(identifier) + "?service=service-doc")
            self.assertEqual((reply.status, reply.json()["contentMetadata"]),
                             (410, {"deactivated": True}))

    def test_the_past(self):
        changes = get(f"/{SHIJIAZHUANG}/history?limit=100").json()["changes"]
        versions = [c for c in changes if c["type"] in ("assign", "update", "aliases")]
        self.assertGreater(len(versions), 1)
        self.assertLess(len(versions), len(changes))
        found = {}
        for change in changes:
            reply = resolve(f"{CITY}?versionId={change['index']}")
            if change not in versions:
                # It left the document as it was, so it is no version of it.
                self.expect_error(reply, 404, "NOT_FOUND")
                continue
            result = found[change["index"]] = reply.json()
            self.assertEqual(result["didDocumentMetadata"]["versionId"], str(change["index"]))
            self.assertEqual(result["didDocumentMetadata"].get("updated", change["time"]),
                             change["time"])
        for version in versions:
            # Of versions that were made in one second, the last one stands for that second.
            last = max(v["index"] for v in versions if v["time"] == version["time"])
            self.assertEqual(resolve(f"{CITY}?versionTime={version['time']}").json(), found[last])
        now, before = versions[0]["index"], versions[1]["index"]
        self.assertEqual(resolve(CITY).json(), found[now])
        self.assertNotEqual(found[now]["didDocument"], found[before]["didDocument"])
        for encoded in (f"{urllib.parse.quote(CITY, safe='')}?versionId={before}",
                        f"{urllib.parse.quote(f'{CITY}?versionId={before}', safe='')}"
                        "?expandRelativeUrls=true"):
            self.assertEqual(resolve(encoded).json(), found[before], encoded)


class Dereferencing(DidCase):
    def test_keys_and_services(self):
        document = get(f"/{SHIJIAZHUANG}/did.json").json()
        for part in document["verificationMethod"] + document["service"]:
            reply = resolve(urllib.parse.quote(part["id"], safe=":"))
            self.assertEqual((reply.status, reply.media_type), (200, PART), reply)
            self.assertEqual(reply.json()["content"], part)
            self.assertEqual(reply.json()["contentStream"], part)
            self.assertEqual(reply.json()["dereferencingMetadata"], {"contentType": DOCUMENT})
            alone = resolve(urllib.parse.quote(part["id"], safe=":"), accept=DOCUMENT)
            self.assertEqual((alone.status, alone.media_type, alone.json()), (200, DOCUMENT, part))
        self.expect_error(resolve(f"{CITY}%23nothing"), 404, "NOT_FOUND", part=True)
        self.expect_error(resolve(f"{CITY}%23nothing", accept="image/png"), 406,
                          "REPRESENTATION_NOT_SUPPORTED", part=True)

    def test_a_document(self):
        reply, resolved = resolve(CITY, accept=PART), resolve(CITY).json()
        self.assertEqual((reply.status, reply.media_type), (200, PART))
        self.assertEqual(reply.json(), {"dereferencingMetadata": {"contentType": DOCUMENT},
                                        "content": resolved["didDocument"],
                                        "contentStream": resolved["didDocument"],
                                        "contentMetadata": resolved["didDocumentMetadata"]})
        self.expect_error(resolve(f"{CITY}.99", accept=PART), 404, "NOT_FOUND", part=True)
        reply = resolve(f"{CITY}?service=_contextBroker", accept=DOCUMENT)
        service = [s for s in resolved["didDocument"]["service"]
                   if s["id"].endswith("#_contextBroker")]
        self.assertEqual(reply.json(), dict(resolved["didDocument"], service=service))

    def test_services_lead_to_their_address(self):
        (service,) = [s for s in get(f"/{SHIJIAZHUANG}/did.json").json()["service"]
                      if s["id"].endswith("#_contextBroker")]
        address = service["serviceEndpoint"]
        host = "/".join(address.split("/")[:3])
        for reference, target in (("", address), ("/a/b?c=d", f"{host}/a/b?c=d"),
                                  ("?x=y", f"{address}?x=y"), ("#part", f"{address}#part")):
            query = f"?service=_contextBroker&relativeRef={urllib.parse.quote(reference, safe='')}"
            for accept in (PART, "text/uri-list"):
                reply = resolve(CITY + query, accept=accept)
                self.assertEqual((reply.status, reply["location"], reply.body), (303, target, b""))
        inherited = resolve(f"{CITY}%3Fservice=_contextBroker%23part")
        self.assertEqual((inherited.status, inherited["location"]), (303, f"{address}#part"))
        self.expect_error(resolve(f"{CITY}%3Fservice=_contextBroker%26relativeRef=%2523a%23b"), 400,
                          "INVALID_DID_URL", part=True)
        for reference in ("//evil.example", "https://evil.example/", "@evil.example", ".evil.example",
                          "/\\evil.example", "/a b", ":80@evil.example", "/\"", "/é"):
            quoted = urllib.parse.quote(reference, safe="")
            self.expect_error(resolve(f"{CITY}?service=_contextBroker&relativeRef={quoted}"), 400,
                              "INVALID_DID_URL", part=True)
        self.expect_error(resolve(f"{CITY}?service=license"), 404, "NOT_FOUND", part=True)


if __name__ == "__main__":
    web_cases.read_options()
    cityid_process.main()
