"""The IMS Open Badges 2.0 validator as a command: JSON request on stdin, JSON report on stdout.

Request: {"input": address | assertion as JSON | JWS | {"path": baked PNG or SVG}, "recipient": {"type": "email",
"identity": …} | null, "documents": {address: …} (see answers.py) | null, "now": RFC 3339 | null}.
Report: {"valid", "errors": [message], "warnings": [message], "tasks": [{"name", "success"}], "error"}.
An array of requests gives an array of reports. The Open Badges context is answered from the package.
"""

import collections
import collections.abc
import datetime
import json
import logging
import sys

# Taken from `collections` by packages of 2017; Python 3.10 moved them.
for _name in ("Callable", "Hashable", "Iterable", "Mapping", "MutableMapping", "MutableSet", "Sequence", "Set"):
    setattr(collections, _name, getattr(collections.abc, _name))

import requests  # noqa: E402
import requests.adapters  # noqa: E402
from openbadges.verifier import verifier  # noqa: E402
from openbadges.verifier.openbadges_context import OPENBADGES_CONTEXT_V2_DICT, OPENBADGES_CONTEXT_V2_URI  # noqa: E402
from openbadges.verifier.tasks import validation  # noqa: E402

from answers import Answers  # noqa: E402

logging.disable(logging.CRITICAL)


class Adapter(requests.adapters.HTTPAdapter):
    """Answers from the map and from loopback; every other address cannot be reached."""

    def __init__(self, answers):
        super().__init__()
        self._answers = answers

    def send(self, request, **options):
        url = request.url
        if not self._answers.knows(url):
            if self._answers.may_ask(url):
                return super().send(request, **options)
            raise requests.ConnectionError(f"not in `documents`, and not a loopback address: {url}")
        response = requests.Response()
        response.status_code, content_type, response._content = self._answers.get(url)
        response.headers["Content-Type"] = content_type
        response.encoding = "utf-8"
        response.url = url
        response.request = request
        return response


def judge(request):
    documents = {OPENBADGES_CONTEXT_V2_URI: OPENBADGES_CONTEXT_V2_DICT, **(request.get("documents") or {})}
    adapter = Adapter(Answers(documents))
    requests.Session.get_adapter = lambda _session, url: adapter
    freeze(request.get("now"))
    options = verifier._get_options({"use_cache": False, "cache_backend": None})
    recipient = request.get("recipient")
    profile = recipient and {recipient["type"]: recipient["identity"]}
    subject = request["input"]
    if isinstance(subject, dict) and set(subject) == {"path"}:
        with open(subject["path"], "rb") as image:
            store = verifier.verification_store(image, profile, options=options)
    else:
        text = subject if isinstance(subject, str) else json.dumps(subject)
        store = verifier.verification_store(text, profile, options=options)
    report = verifier.generate_report(store, options)["report"]
    messages = report["messages"]
    return {
        "valid": report["valid"],
        "errors": [m for m in messages if m["messageLevel"] == "ERROR"],
        "warnings": [m for m in messages if m["messageLevel"] == "WARNING"],
        "tasks": [{"name": t["name"], "success": t.get("success")} for t in store.get_state()["tasks"]],
        "error": None,
    }


def freeze(now):
    """The validator asks the machine's clock; a server under test may live at another time."""
    moment = now and datetime.datetime.fromisoformat(now.replace("Z", "+00:00"))

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return moment.astimezone(tz) if moment else datetime.datetime.now(tz)

    validation.datetime = Clock


def answer(request):
    try:
        return judge(request)
    except Exception as error:  # the validator raises on input it cannot name; that is a verdict, too
        return {"valid": False, "errors": [], "warnings": [], "tasks": [], "error": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    json.dump([answer(each) for each in given] if isinstance(given, list) else answer(given), sys.stdout)
    print()
