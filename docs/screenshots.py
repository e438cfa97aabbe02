#!/usr/bin/env python3
# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Make the pictures in docs/screenshots from a running demo.

Start the demo (``./setup/run``), then::

    .suite/venv/bin/python docs/screenshots.py --database DATABASE

Chromium is driven over its debugging protocol; the session comes from the login form,
the pages are the web client's own. Each page is made at 1440 and 390 pixels in English,
the customer's page also in Korean.
"""

import argparse
import base64
import contextlib
import io
import json
import re
import resource
import shutil
import subprocess
import tempfile
import time
import xmlrpc.client
from pathlib import Path

import requests
from PIL import Image
from websocket import create_connection

FOLDER = Path(__file__).parent / "screenshots"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = {1440: 1100, 390: 844}  # pixels: width of the window and its height
WAIT = 60  # seconds for a page to be there
# nothing is loading, nothing moves, and all pictures are there
QUIET = """
document.querySelector(%s) !== null
&& !document.querySelector('.o_loading_indicator, .o_blockUI, .o_view_sample_data')
&& [...document.images].every((image) => image.complete)
&& !document.getAnimations().some((one) => one.playState === 'running')
"""


def _without_memory_limit():
    """Lift the limit that Odoo sets itself, where it runs in this process (tests):
    Chromium reserves more addresses than that and would not start."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


class Browser:
    """A headless Chromium with one page."""

    def __init__(self):
        program = next(filter(None, map(shutil.which, BROWSERS)), None)
        if not program:
            raise SystemExit(f"No browser: install one of {', '.join(BROWSERS)}.")
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._process = subprocess.Popen(
            [
                program,
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "--remote-debugging-port=0",
                "--remote-allow-origins=*",
                f"--user-data-dir={self._folder.name}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_without_memory_limit,
        )
        self._number = 0
        self._socket = create_connection(self._page_address(), timeout=WAIT)

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        self._socket.close()
        self._process.terminate()
        self._process.wait(timeout=20)
        self._folder.cleanup()

    def _page_address(self):
        port_file = Path(self._folder.name) / "DevToolsActivePort"
        deadline = time.monotonic() + WAIT
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, IndexError, StopIteration):
                port = port_file.read_text().splitlines()[0]
                targets = requests.get(f"http://127.0.0.1:{port}/json", timeout=5)
                return next(
                    target["webSocketDebuggerUrl"]
                    for target in targets.json()
                    if target["type"] == "page"
                )
            time.sleep(0.1)
        raise SystemExit("The browser does not answer.")

    def send(self, method, **params):
        """Send a command of the protocol; return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        self._socket.send(json.dumps(message))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]

    def evaluate(self, expression):
        """Value of a JavaScript expression in the page."""
        result = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True
        )
        return result["result"].get("value")

    def size(self, width, height):
        """Make the window as large as a screen; narrow ones are phones."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1 if width > 500 else 2,
            mobile=width <= 500,
        )

    def log_in(self, url, session, language=None):
        """Use the cookie of a session of the same server, and the language that a
        reader of the portal chose; none: that of the user."""
        self.send("Network.enable")
        self.send("Network.setCookie", name="session_id", value=session, url=url)
        # the language that the last reader of the portal had
        self.send("Network.deleteCookies", name="frontend_lang", url=url)
        if language:
            self.send(
                "Network.setCookie", name="frontend_lang", value=language, url=url
            )

    def open(self, url, selector):
        """Go to a page and wait until it stands still and shows ``selector``."""
        self.send("Page.enable")
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=url)
        deadline = time.monotonic() + WAIT
        quiet = 0
        while quiet < 4:
            time.sleep(0.4)
            quiet = quiet + 1 if self.evaluate(QUIET % json.dumps(selector)) else 0
            if time.monotonic() > deadline:
                raise SystemExit(f"{url} does not show {selector}.")

    def picture(self, path):
        """Write what the window shows as PNG of at most 256 colours, which are enough
        for a screen and a third of the bytes."""
        result = self.send("Page.captureScreenshot", format="png")
        picture = Image.open(io.BytesIO(base64.b64decode(result["data"])))
        palette = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        palette.save(path, optimize=True)


class Demo:
    """The running demo, asked as its administrator."""

    def __init__(self, url, database, login, password):
        self.url, self.database = url.rstrip("/"), database
        self._login, self._password = login, password
        common = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/common")
        self.uid = common.authenticate(database, login, password, {})
        if not self.uid:
            raise SystemExit(f"{login} cannot log in to {database} at {url}.")
        self._object = xmlrpc.client.ServerProxy(f"{self.url}/xmlrpc/2/object")

    def call(self, model, method, *args, **kwargs):
        """Call a method with positional and named arguments."""
        return self._object.execute_kw(
            self.database, self.uid, self._password, model, method, list(args), kwargs
        )

    def ref(self, name):
        """Id of a record of the demo company, by its name in the story."""
        domain = [("module", "=", "hanbit"), ("name", "=", name)]
        return self.call("ir.model.data", "search_read", domain, ["res_id"])[0][
            "res_id"
        ]

    def session(self):
        """Log in by the form of the web site; return the session's id."""
        http = requests.Session()
        page = http.get(f"{self.url}/web/login?db={self.database}", timeout=WAIT)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
        form = {"login": self._login, "password": self._password, "csrf_token": token}
        http.post(f"{self.url}/web/login", data=form, timeout=WAIT)
        return http.cookies["session_id"]

    @contextlib.contextmanager
    def language(self, code):
        """The administrator reads another language for a while."""
        before = self.call("res.users", "read", [self.uid], ["lang"])[0]["lang"]
        self.call("res.users", "write", [self.uid], {"lang": code})
        try:
            yield
        finally:
            self.call("res.users", "write", [self.uid], {"lang": before})


def pages(demo):
    """``{name: (path, what the finished page shows)}``."""
    contract = demo.ref("contract_redwood_maint")
    return {
        "customer": (f"customer-360/{demo.ref('costa')}", ".o_crm_360_header"),
        "subscription": (
            f"action-crm_subscription.contract_contract_action/{contract}",
            ".o_form_view .o_form_sheet",
        ),
    }


def shoot(browser, demo, name, path, selector, suffix=""):
    """One page at every width, opened anew so that it arranges itself."""
    for width, height in WIDTHS.items():
        browser.size(width, height)
        browser.open(f"{demo.url}/odoo/{path}", selector)
        target = FOLDER / f"{name}_{width}{suffix}.png"
        browser.picture(target)
        print(target)


def main():
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://localhost:8069")
    parser.add_argument("--database", default="crm_suite")
    parser.add_argument("--login", default="admin")
    parser.add_argument("--password", default="admin")
    options = parser.parse_args()
    demo = Demo(options.url, options.database, options.login, options.password)
    FOLDER.mkdir(exist_ok=True)
    with Browser() as browser:
        browser.log_in(demo.url, demo.session())
        found = pages(demo)
        for name, (path, selector) in found.items():
            shoot(browser, demo, name, path, selector)
        with demo.language("ko_KR"):
            path = f"customer-360/{demo.ref('garam')}"
            shoot(browser, demo, "customer", path, found["customer"][1], suffix="_ko")


if __name__ == "__main__":
    main()
