"""PyLTI1p3 as a tool that only validates: `python pylti.py PORT < platform.json`.

Behind Flask and waitress, launch data in a dictionary, the platform's key set given and not fetched, so nothing is
measured but the library and its web server. Prints `ready`.
"""

import json
import logging
import sys

from flask import Flask
from pylti1p3.contrib.flask import FlaskCacheDataStorage, FlaskCookieService, FlaskMessageLaunch, FlaskOIDCLogin, FlaskRequest
from pylti1p3.tool_config import ToolConfDict
from waitress import serve


class Memory(dict):
    """A cache as the library wants one."""

    def set(self, key, value, _expires=None):
        self[key] = value


def main():
    port = int(sys.argv[1])
    platform = json.load(sys.stdin)
    issuer = platform["issuer"]
    config = ToolConfDict({issuer: [{
        "default": True, "client_id": platform["clientId"], "auth_login_url": f"{issuer}/auth",
        "auth_token_url": f"{issuer}/token", "key_set_url": f"{issuer}/keys", "key_set": {"keys": [platform["jwk"]]},
        "deployment_ids": [platform["deploymentId"]],
    }]})
    memory = Memory()
    storage = FlaskCacheDataStorage(memory)
    app = Flask(__name__)
    app.secret_key = "of no importance"
    target = f"http://localhost:{port}/"

    def parts():
        request = FlaskRequest(request_is_secure=False)
        return request, FlaskCookieService(request)

    @app.get("/login")
    def login():
        request, cookies = parts()
        return FlaskOIDCLogin(request, config, cookie_service=cookies, launch_data_storage=storage).redirect(target)

    @app.post("/")
    def launch():
        request, cookies = parts()
        message = FlaskMessageLaunch(request, config, cookie_service=cookies, launch_data_storage=storage)
        return message.get_launch_data()["sub"]

    logging.getLogger("waitress").setLevel(logging.ERROR)
    print("ready", flush=True)
    serve(app, host="127.0.0.1", port=port, threads=4, _quiet=True)


if __name__ == "__main__":
    main()
