# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What customers see on a phone, in English and in Korean: nothing is cut."""

import json

from odoo.tests import HttpCase, tagged

from odoo.addons.crm_suite_base.tests.fits import check_fits

from .common import MachineCase
from .common_portal import PortalUsers

PHONE = "390x844"
DESKTOP = "1440x900"
# What stands where: the customer's text, the conversation, what he may do.
PLACES = """
const place = (selector) => document.querySelector(selector).getBoundingClientRect();
const text = place("#card_body [class*=overflow-auto]");
const talk = place("#discussion");
const acts = place("[name=ticket_close_buttons]");
if (!text.height || !acts.height || text.top > talk.top) {
    throw new Error("the text is not before the conversation");
}
if (!(%s)) {
    throw new Error(`text ${text.top}, conversation ${talk.bottom}, acts ${acts.top}`);
}
console.log("test successful");
"""
KOREAN = "ko_KR"


@tagged("post_install", "-at_install")
class TestPhonePortal(PortalUsers, MachineCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang(KOREAN)
        cls.reader = cls.users["a"]
        # a browser of the tests logs in with the login as the password
        cls.reader.write({"login": "sd-phone-reader", "password": "sd-phone-reader"})
        cls.ticket = cls._make("a", "Unusual noise at high speed since this morning")
        cls.team.write({"service_ask_rating": True, "service_web_form": True})
        cls.solved = cls._make("a", "Oil leak")
        cls.solved.stage_id = cls.stages["done"]

    def setUp(self):
        super().setUp()
        self.browser_size = PHONE
        self.touch_enabled = True

    def _fits(self, path, english, korean, login=None, shows="main"):
        for lang, said in (("en_US", english), (KOREAN, korean)):
            with self.subTest(path=path, lang=lang):
                self.reader.lang = lang
                self.browser_js(
                    path,
                    check_fits("#wrapwrap main *", said),
                    ready=f"!!document.querySelector({json.dumps(shows)})",
                    login=login,
                    cookies={"frontend_lang": lang},
                )

    def test_list(self):
        self._fits("/my/tickets", "Stage", "단계", self.reader.login, "table")

    def test_ticket(self):
        """Stages are said as the company calls them in each language."""
        self.ticket.stage_id.with_context(lang=KOREAN).name = "신규"
        self._fits(
            f"/my/ticket/{self.ticket.id}",
            "New",
            "신규",
            self.reader.login,
            "[name=ticket_close_buttons], .o_portal_sidebar",
        )

    def test_the_text_comes_before_what_he_may_do(self):
        """Below the conversation on a phone, and a link to it; else beside the text."""
        path = f"/my/ticket/{self.ticket.id}"
        ready = "!!document.querySelector('#discussion *')"
        for size, where in (
            (PHONE, "acts.top >= talk.bottom && place('a[href*=sidebar]').height"),
            (DESKTOP, "acts.right <= text.left && acts.top < talk.top"),
        ):
            with self.subTest(size=size):
                self.browser_size = size
                self.browser_js(path, PLACES % where, ready, login=self.reader.login)

    def test_new_ticket(self):
        self._fits("/new/ticket", "Subject", "제목", self.reader.login, "#subject")

    def test_rating(self):
        token = self.solved.sudo().rating_ids.access_token
        self.assertTrue(token)
        self._fits(
            f"/ticket/rate/{token}",
            "How satisfied are you",
            "만족",
            shows=".o_service_rating form",
        )

    def test_web_form(self):
        self._fits(
            f"/ticket/web/{self.team.id}",
            "How can we help?",
            "이메일",
            shows=".o_service_web_form",
        )
