# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The page for who hears it, who has no mouse, and whose screen is dim or dark."""

import json
import re
import time
from pathlib import Path
from unittest.mock import patch

from odoo.modules.module import get_module_path
from odoo.tests import HttpCase, tagged
from odoo.tests.common import ChromeBrowser

from .common import CustomerCommon

READY = "document.querySelector('.o_crm_360_body[data-extras=true]') !== null"
NAMED = ("button", "link", "searchbox", "combobox", "tab", "image", "textbox")
COLORS = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\brgba?\(|\bhsla?\(|:\s*(?:white|black|gr[ae]y)\b"
    r"|\b(?:bg|text)-(?:white|black|light|dark)\b"
)
# every text that is seen, with the contrast to what is behind it
CONTRAST = """
(() => {
    const parse = (text) => {
        const [r, g, b, a = 1] = (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
        return {r, g, b, a};
    };
    const over = (top, under) => ({
        r: top.r * top.a + under.r * (1 - top.a),
        g: top.g * top.a + under.g * (1 - top.a),
        b: top.b * top.a + under.b * (1 - top.a),
        a: 1,
    });
    const behind = (element) => {
        if (!element) {
            return {r: 255, g: 255, b: 255, a: 1};
        }
        const own = parse(getComputedStyle(element).backgroundColor);
        return own.a >= 1 ? own : over(own, behind(element.parentElement));
    };
    const light = ({r, g, b}) => {
        const [x, y, z] = [r, g, b].map((value) => {
            const part = value / 255;
            return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const found = [];
    for (const element of document.querySelectorAll(".o_crm_360_content *")) {
        const says = [...element.childNodes].some(
            (node) => node.nodeType === 3 && node.textContent.trim()
        );
        const seen = element.checkVisibility() && !element.closest(".visually-hidden");
        if (says && seen) {
            const ground = behind(element);
            const color = over(parse(getComputedStyle(element).color), ground);
            const [low, high] = [light(color), light(ground)].sort((a, b) => a - b);
            found.push([
                (high + 0.05) / (low + 0.05),
                light(ground),
                `${element.className}: ${element.textContent.trim().slice(0, 40)}`,
            ]);
        }
    }
    return found;
})()
"""
WATCH_FOCUS = """
window.crmSeen = [];
document.addEventListener("focusin", (ev) => window.crmSeen.push(ev.target));
document.activeElement.blur();
document.querySelectorAll(
    ":is(.o_crm_360, header) :is(a, button, input, select, [tabindex])"
).length
"""
# who must be reached, who was not, and whether the way follows the page
WALKED = """
(() => {
    const wanted = [...document.querySelectorAll(
        ".o_crm_360_actions button, .o_crm_360_actions a, .o_crm_360_scope, " +
        ".o_crm_360_period, .o_crm_360_tile:not(:disabled), .o_crm_360_do, " +
        ".o_crm_360_aside, .o_crm_360_search, .o_crm_360_chip[tabindex='0'], " +
        ".o_crm_360_row, button.o_crm_360_metric, .o_crm_360_metric button, " +
        ".o_crm_360_points button, .o_crm_360_table button"
    )].filter((element) => element.checkVisibility());
    const seen = window.crmSeen.filter((element) => element.closest(".o_crm_360"));
    const missed = wanted.filter((element) => !seen.includes(element));
    const back = seen.slice(1).filter((element, index) =>
        seen[index].compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING
        && seen.indexOf(element) > index
    );
    return {
        wanted: wanted.length,
        missed: missed.map((element) => element.outerHTML.slice(0, 120)),
        back: back.map((element) => element.outerHTML.slice(0, 120)),
    };
})()
"""


class Page:
    """The customer's page in a browser, asked over the debugging protocol."""

    def __init__(self, browser):
        self.send = browser._websocket_request

    def evaluate(self, expression):
        """Value of a JavaScript expression, or of the promise it makes."""
        options = {"returnByValue": True, "awaitPromise": True}
        answer = self.send(
            "Runtime.evaluate",
            params={"expression": expression, **options},
            timeout=120,
        )
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def press(self, key, code):
        """Press and release a key."""
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            pressed = {"type": kind, "key": key, "code": key, **text}
            self.send(
                "Input.dispatchKeyEvent",
                params={**pressed, "windowsVirtualKeyCode": code},
            )

    def wait(self, selector):
        """Wait until something is on the page."""
        deadline = time.monotonic() + 30
        while not self.evaluate(f"!!document.querySelector({json.dumps(selector)})"):
            if time.monotonic() > deadline:
                raise AssertionError(f"{selector} is not shown")
            time.sleep(0.1)

    def heard(self, selector, role):
        """What a screen reader gets below an element: list of (name, properties)."""
        found = self.send(
            "Runtime.evaluate",
            params={"expression": f"document.querySelector({json.dumps(selector)})"},
        )
        self.send("Accessibility.enable")
        tree = self.send(
            "Accessibility.queryAXTree",
            params={"objectId": found["result"]["objectId"], "role": role},
        )
        return [
            (
                node.get("name", {}).get("value", ""),
                {
                    p["name"]: p["value"].get("value")
                    for p in node.get("properties", [])
                },
            )
            for node in tree["nodes"]
            if not node["ignored"]
        ]


@tagged("post_install", "-at_install")
class TestPageAccess(CustomerCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._order()
        cls._order(confirm=False)
        cls._invoice(700.0, 400)
        cls._invoice(1000.0, 45, invoice_user_id=cls.env.user.id)
        cls._pay(cls._invoice(200.0, 20))

    def _walk(self, walk, *groups):
        """Open the page as a user of the groups and hand it to a function."""
        self._make_user("access360", *groups)
        failures = []

        def run(browser, code, timeout, error_checker=None):
            failures.append("begun")
            walk(Page(browser))
            failures.clear()

        with patch.object(ChromeBrowser, "_wait_code_ok", run):
            self.browser_js(
                f"/odoo/customer-360/{self.customer.id}",
                "",
                READY,
                login="access360",
            )
        self.assertFalse(failures)

    def test_what_a_screen_reader_gets(self):
        """Names of all that can be used, headings in order, the lock in words."""

        def listen(page):
            for role in NAMED:
                for name, _properties in page.heard(".o_crm_360_content", role):
                    self.assertTrue(name.strip(), role)
            tiles = page.heard(".o_crm_360_tile_row", "button")
            self.assertTrue(tiles)
            shown = page.evaluate(
                "Object.fromEntries([...document.querySelectorAll('.o_crm_360_tile')]"
                ".map((tile) => [tile.dataset.key,"
                " tile.querySelector('.o_crm_360_value').textContent]))"
            )
            names = [n for n, _p in page.heard(".o_crm_360_content", "button")]
            for key, text in shown.items():
                self.assertTrue(any(f": {text}" in name for name in names), key)
            cut = [name for name in names if "Your documents only" in name]
            self.assertTrue(any("Open invoices" in name for name in cut), names)
            levels = [
                properties["level"]
                for _name, properties in page.heard(".o_crm_360_content", "heading")
            ]
            self.assertEqual(levels[0], 1)
            for above, level in zip(levels, levels[1:], strict=False):
                self.assertLessEqual(level, above + 1, levels)
            self.assertTrue(page.heard(".o_crm_360_content", "columnheader"))

        self._walk(listen, "sales_team.group_sale_salesman")

    def test_by_keyboard_alone(self):
        """Tab reaches all that can be used, in the order of the page; Enter opens."""

        def walk(page):
            for _step in range(page.evaluate(WATCH_FOCUS) + 40):
                page.press("Tab", 9)
            told = page.evaluate(WALKED)
            self.assertGreater(told["wanted"], 25)
            self.assertEqual(told["missed"], [])
            self.assertEqual(told["back"], [])
            tile = ".o_crm_360_tile[data-key=receivable]"
            page.evaluate(f"document.querySelector('{tile}').focus()")
            page.press("Enter", 13)
            page.wait(".o_list_view .o_data_row")

        self._walk(walk, "account.group_account_readonly")

    def test_texts_stand_out(self):
        """All texts can be told from what is behind them."""

        def look(page):
            texts = page.evaluate(CONTRAST)
            self.assertGreater(len(texts), 60)
            for ratio, _ground, text in texts:
                self.assertGreaterEqual(ratio, 3.0, text)

        self._walk(look, "account.group_account_readonly")

    def test_colors_are_those_of_the_scheme(self):
        """Styles and templates name no color, so that a dark scheme's are used.

        Odoo Community has none to look at: its dark bundle is the light palette.
        """
        folder = Path(get_module_path("crm_extension")) / "static" / "src"
        files = [*folder.rglob("*.scss"), *folder.rglob("*.xml")]
        self.assertGreater(len(files), 10)
        for path in files:
            self.assertEqual(COLORS.findall(path.read_text()), [], path.name)
