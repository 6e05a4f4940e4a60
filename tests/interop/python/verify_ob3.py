"""openbadgeslib's Open Badges 3.0 verifier as a command: JSON request on stdin, JSON report on stdout.

Request: {"credential": JSON value or text, or {"path": baked PNG or SVG}, "documents": {address: …} (see answers.py)
| null, "checkStatus": bool}.
Report: {"valid", "error", "issuer"}. An array of requests gives an array of reports.
The issuer's did:web is resolved through the map or over loopback. With `checkStatus` the bit is read from a list with
an embedded proof, whose own signature this library cannot check (it takes signed lists only as JWT): the node judge
does that.
"""

import json
import sys

from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError, OB3Verifier

from answers import Answers


def judge(request):
    fetch = Answers(request.get("documents")).fetch
    credential = request["credential"]
    if isinstance(credential, dict) and set(credential) == {"path"}:
        with open(credential["path"], "rb") as file:
            image = file.read()
        is_png = image.startswith(b"\x89PNG")
        credential = (OB3Verifier.extract_token_from_png if is_png else OB3Verifier.extract_token_from_svg)(image)
    document = json.loads(credential) if isinstance(credential, str) else credential
    issuer = document["issuer"]["id"]
    OB3LdpVerifier.for_issuer_did(issuer).verify(
        credential,
        check_status=bool(request.get("checkStatus")),
        verify_status_list=False,
        download=fetch,
    )
    return {"valid": True, "error": None, "issuer": issuer}


def answer(request):
    try:
        return judge(request)
    except OB3VerificationError as error:
        return {"valid": False, "error": str(error), "issuer": None}
    except Exception as error:  # anything else it trips over is no verdict of validity either
        return {"valid": False, "error": f"{type(error).__name__}: {error}", "issuer": None}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    json.dump([answer(each) for each in given] if isinstance(given, list) else answer(given), sys.stdout)
    print()
