"""Proof that the Python judges can say no as well as yes: `python3 selftest.py`.

One part serves its own Open Badges 2.0 documents from loopback and needs nothing; the other judges the worked
examples of ../shared/ob-spec where they exist.
"""

import base64
import copy
import hashlib
import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
CACHE = HERE.parents[1] / ".cache"
SPEC = pathlib.Path(os.environ.get("LAUREL_SHARED", HERE.parents[3] / "shared")) / "ob-spec"
OB2 = CACHE / "venv" / "bin" / "python"
OB3 = CACHE / "venv-ob3" / "bin" / "python"
# One transparent pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mOQs4r/DwAC6AG3jYKHHAAAAABJRU5ErkJggg=="
)


def run(python, script, *arguments, stdin=None, check=True):
    return subprocess.run(
        [python, HERE / script, *arguments], input=stdin, capture_output=True, check=check, timeout=120
    )


def judge(python, script, request):
    done = run(python, script, stdin=json.dumps(request).encode())
    return json.loads(done.stdout)


class Loopback(unittest.TestCase):
    """Documents with loopback addresses as ids, fetched over real HTTP."""

    @classmethod
    def setUpClass(cls):
        answers = cls.answers = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, content_type, body = answers.get(self.path, (404, "application/json", b"{}"))
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.base = f"http://localhost:{cls.server.server_port}"

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        context = "https://w3id.org/openbadges/v2"
        identity = "sha256$" + hashlib.sha256(b"ada@example.org" + b"salt").hexdigest()
        self.assertion = {
            "@context": context,
            "type": "Assertion",
            "id": f"{self.base}/a/1",
            "recipient": {"type": "email", "hashed": True, "salt": "salt", "identity": identity},
            "badge": f"{self.base}/b/1",
            "verification": {"type": "HostedBadge"},
            "issuedOn": "2026-01-01T00:00:00Z",
        }
        self.badge = {
            "@context": context,
            "type": "BadgeClass",
            "id": f"{self.base}/b/1",
            "name": "Knots",
            "description": "Ties a bowline.",
            "image": f"{self.base}/b/1.png",
            "criteria": {"narrative": "Tie one."},
            "issuer": f"{self.base}/issuer",
        }
        self.profile = {
            "@context": context,
            "type": "Profile",
            "id": f"{self.base}/issuer",
            "name": "Self-test",
            "url": "https://www.example.org",
            "email": "badges@example.org",
        }
        self.answers.clear()
        self.answers["/b/1.png"] = (200, "image/png", PIXEL)
        for path, document in (("/a/1", self.assertion), ("/b/1", self.badge), ("/issuer", self.profile)):
            self.serve(path, document)

    def serve(self, path, document, status=200):
        self.answers[path] = (status, "application/ld+json", json.dumps(document).encode())

    def judge(self, **request):
        return judge(OB2, "verify_ob2.py", {"input": self.assertion["id"], **request})

    def test_ob021_a_hosted_assertion_is_valid_without_error_or_warning(self):
        report = self.judge(recipient={"type": "email", "identity": "ada@example.org"})
        self.assertEqual((report["valid"], report["errors"], report["warnings"], report["error"]), (True, [], [], None))
        names = {task["name"] for task in report["tasks"]}
        self.assertLessEqual(
            {"HOSTED_ID_IN_VERIFICATION_SCOPE", "VERIFY_RECIPIENT_IDENTIFIER", "IMAGE_VALIDATION"}, names
        )

    def test_ob022_another_address_is_refused(self):
        report = self.judge(recipient={"type": "email", "identity": "bob@example.org"})
        self.assertIn("VERIFY_RECIPIENT_IDENTIFIER", [error["name"] for error in report["errors"]])

    def test_ob024_a_revoked_assertion_is_not_valid(self):
        self.serve("/a/1", {
            "@context": self.assertion["@context"], "id": self.assertion["id"], "type": "Assertion", "revoked": True,
            "revocationReason": "Issued by mistake",
        }, status=410)
        self.assertFalse(self.judge()["valid"])

    def test_each_needed_member_left_out_is_noticed(self):
        for path, document, members in (
            ("/a/1", self.assertion, ("recipient", "badge", "verification", "issuedOn", "type")),
            ("/b/1", self.badge, ("name", "description", "criteria", "issuer")),
            ("/issuer", self.profile, ("name", "url")),
        ):
            for member in members:
                changed = copy.deepcopy(document)
                del changed[member]
                self.serve(path, changed)
                self.assertFalse(self.judge()["valid"], f"{path} without {member}")
            self.serve(path, document)
        self.assertTrue(self.judge()["valid"])

    def test_an_id_that_is_not_the_address_is_a_warning(self):
        self.serve("/a/2", self.assertion)
        report = self.judge(input=f"{self.base}/a/2")
        self.assertNotEqual(report["warnings"] + report["errors"], [])

    def test_now_judges_as_at_that_time(self):
        report = self.judge(now="2025-12-31T00:00:00Z")
        self.assertIn("ASSERTION_TIMESTAMP_CHECKS", [error["name"] for error in report["errors"]])

    def test_nothing_but_loopback_is_asked(self):
        self.badge["image"] = "https://away.invalid/1.png"
        self.serve("/b/1", self.badge)
        self.assertIn("IMAGE_VALIDATION", [error["name"] for error in self.judge()["errors"]])

    def test_the_bakery_reads_what_it_baked_and_the_judge_takes_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            plain, text, baked = (pathlib.Path(folder) / name for name in ("plain.png", "text.json", "baked.png"))
            plain.write_bytes(PIXEL)
            text.write_text(json.dumps(self.assertion))
            run(OB2, "bakery.py", "bake", plain, text, baked)
            self.assertEqual(json.loads(run(OB2, "bakery.py", "extract", baked).stdout), self.assertion)
            self.assertTrue(self.judge(input={"path": str(baked)})["valid"])
            self.assertEqual(run(OB2, "bakery.py", "extract", plain, check=False).returncode, 1)


@unittest.skipUnless(SPEC.exists(), f"{SPEC} is absent: the worked examples are not judged")
class WorkedExamples(unittest.TestCase):
    LEARNER = {"type": "email", "identity": "w.achieng@student.harbour.example"}

    @staticmethod
    def read(name):
        return json.loads((SPEC / "worked-examples" / f"{name}.json").read_text())

    def documents(self):
        pictures = [
            f"https://badges.harbour.example/media/hian/{name}.png"
            for name in ("a/0f6b1c3e", "b/coastal-pilotage-1", "logo")
        ]
        documents = {self.read(n)["id"]: self.read(n) for n in ("ob2-assertion", "ob2-badgeclass", "ob2-profile")}
        return documents | {url: {"path": str(self.picture), "content_type": "image/png"} for url in pictures}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.picture = pathlib.Path(folder.name) / "plain.png"
        self.baked = pathlib.Path(folder.name) / "baked.png"
        self.picture.write_bytes(PIXEL)
        self.baked.write_bytes(base64.b64decode(self.read("baked-png")["bakedPngBase64"]))

    def test_hosted_assertion_by_address_json_and_picture(self):
        inputs = [self.read("ob2-assertion")["id"], self.read("ob2-assertion"), {"path": str(self.baked)}]
        requests = [{"input": i, "recipient": self.LEARNER, "documents": self.documents()} for i in inputs]
        for report in judge(OB2, "verify_ob2.py", requests):
            self.assertEqual((report["valid"], report["errors"], report["warnings"]), (True, [], []), report)

    def test_revoked_assertion(self):
        revoked = self.read("ob2-assertion-revoked")
        address = revoked["body"]["id"]
        answer = {"body": revoked["body"], "status": revoked["httpStatus"], "content_type": revoked["contentType"]}
        report = judge(OB2, "verify_ob2.py", {"input": address, "documents": self.documents() | {address: answer}})
        self.assertFalse(report["valid"])

    def test_ob046_openbadgeslib_takes_the_credentials(self):
        documents = {
            "https://badges.harbour.example/i/hian/did.json": self.read("ob3-did-document"),
            "https://badges.harbour.example/i/hian/status/1": self.read("statuslist-credential"),
        }
        credentials = [self.read(f"ob3-credential{name}") for name in ("", "-minimal", "-wallet-bound", "-revoked")]
        credentials.append({"path": str(self.baked)})
        for changed in ("name", "validFrom", "issuer", "credentialSubject", "evidence", "credentialStatus"):
            copied = self.read("ob3-credential")
            del copied[changed]
            credentials.append(copied)
        requests = [{"credential": c, "documents": documents, "checkStatus": True} for c in credentials]
        reports = judge(OB3, "verify_ob3.py", requests)
        valid = [report["valid"] for report in reports]
        self.assertEqual(valid, [True, True, True, False, True] + [False] * 6, reports)
        self.assertIn("status", reports[3]["error"])


if __name__ == "__main__":
    unittest.main()
