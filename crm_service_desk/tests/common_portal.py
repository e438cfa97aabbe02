# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import re

from odoo.tests import new_test_user

from odoo.addons.base.tests.common import DISABLED_MAIL_CONTEXT

from .common import make_desk

PASSWORD = "sd-portal-password"


class PortalUsers:
    """For HttpCase: a desk, and customers of two companies who log in.

    Users: ``a`` and ``mate`` of Alpha (own tickets), ``boss`` of Alpha (the company's),
    ``b`` of Beta.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **DISABLED_MAIL_CONTEXT))
        if "team" not in cls.__dict__:
            make_desk(cls)
        cls.users = {}
        for key, partner in (
            ("a", cls.customer),
            ("mate", cls.customer),
            ("boss", cls.customer),
            ("b", cls.other),
        ):
            user = new_test_user(
                cls.env,
                login=f"sd-web-{key}",
                email=f"{key}@web.example.com",
                password=PASSWORD,
                groups="base.group_portal",
                tz="UTC",
            )
            user.partner_id.parent_id = partner
            cls.users[key] = user

        cls.users["boss"].partner_id.service_portal_scope = "company"

    @classmethod
    def _make(cls, key, name, **vals):
        values = {
            "name": name,
            "description": name,
            "partner_id": cls.users[key].partner_id.id if key else False,
            "team_id": cls.team.id,
        }
        return cls.env["helpdesk.ticket"].create(dict(values, **vals))

    def _login(self, key="a"):
        if key:
            self.authenticate(f"sd-web-{key}", PASSWORD)
        else:
            self.authenticate(None, None)

    def _token(self, url="/web/login"):
        page = self.url_open(url).text
        return re.search(r'csrf_token"?\s*[:=]?\s*(?:value=)?"([^"]+)"', page).group(1)

    def _post(self, url, files=None, token=True, **data):
        """POST a form with the session's token, following no redirect."""
        if token:
            data["csrf_token"] = self._token()
        return self.url_open(url, data=data, files=files, allow_redirects=False)
