# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..builder import build
from ..builder.people import ADMIN_ROLE, PORTAL_ROLES, STAFF_ROLES
from ..builder.story import XMLID_MODULE
from ..hooks import BUILT

API_KEY = "crm_suite_demo.api_key"  # parameter, readable by administrators only


class CrmSuiteDemo(models.AbstractModel):
    """The demo company: how it is made and who may log in to it."""

    _name = "crm.suite.demo"
    _description = "Demo company"

    @api.model
    def _build(self):
        """Make the company's past, then the administrator's API key.

        The key is kept in clear because it is printed for whoever tries the suite;
        Odoo itself stores only a hash. Nobody protects anything with it: the same
        person knows the administrator's password, which is ``admin``.
        """
        build(self.env)
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(API_KEY, self._make_api_key())
        parameters.set_param(BUILT, fields.Date.today().isoformat())

    @api.model
    def _make_api_key(self):
        admin = self.env.ref("base.user_admin")
        keys = self.env["res.users.apikeys"].with_user(admin)
        return keys._generate("rpc", "CRM Suite demo", None)

    @api.model
    @api.readonly
    def get_logins(self):
        """Who can log in to the demo, for the start script and the tests.

        :return: list of ``{"role", "login", "password", "api_key"}``; roles are
            administrator, accountant, salesperson, agent, stock, billing, portal_1 and
            portal_2 (customers of two different companies). ``api_key`` is the
            administrator's key for XML-RPC and JSON-2, ``False`` for the others.
        :raises AccessError: the caller is not an administrator
        """
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(
                self.env._("Only an administrator may list the logins of the demo.")
            )
        # sudo: the group that reads system parameters was checked above
        key = self.env["ir.config_parameter"].sudo().get_param(API_KEY)
        rows = [self._login_row(ADMIN_ROLE, "base.user_admin", "admin", key)]
        for role in (*STAFF_ROLES, *PORTAL_ROLES):
            xmlid = f"{XMLID_MODULE}.user_{role}"
            login = self.env.ref(xmlid).login
            rows.append(self._login_row(role, xmlid, login, False))
        return rows

    def _login_row(self, role, xmlid, password, api_key):
        user = self.env.ref(xmlid)
        return {
            "role": role,
            "login": user.login,
            "password": password,
            "api_key": api_key or False,
        }
