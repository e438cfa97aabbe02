# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.crm_suite_base.tools.options import Option, check_ids, check_options

from .groups import AGENT

SCOPES = [("own", "Own Tickets"), ("company", "All Tickets of the Company")]
# What decides which tickets a portal user sees.
SCOPE_FIELDS = {"parent_id", "is_company", "service_portal_scope"}
# What decides to which company a contact belongs.
ENTITY_FIELDS = {"parent_id", "is_company"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    service_portal_scope = fields.Selection(
        SCOPES,
        string="Tickets in the Portal",
        default="own",
        copy=False,
        groups=AGENT,
        help="Which tickets this contact sees and deals with in the portal: his own,"
        " or those of everybody in his company.",
    )

    @api.model
    def default_get(self, fields):
        """Leave the role out for who may not set it: he may still make users, who
        inherit it. Without a role a contact sees his own tickets."""
        defaults = super().default_get(fields)
        role = self._fields["service_portal_scope"]
        if not self._has_field_access(role, "write"):
            defaults.pop("service_portal_scope", None)
        return defaults

    def write(self, vals):
        """Let a change of role or company count at once. See core for the arguments.

        Odoo remembers the record rules of each user; they are made of these fields.
        """
        before = self._service_entities(vals)
        result = super().write(vals)
        for entity, partners in before.items():
            partners._service_change_entity(entity)
        if not SCOPE_FIELDS.isdisjoint(vals) and self._service_has_portal_users():
            self.env.registry.clear_cache()
        return result

    def _service_entities(self, vals):
        """Return ``{commercial entity: its contacts}`` of these partners and of all
        below them, where ``vals`` may change their entity."""
        if ENTITY_FIELDS.isdisjoint(vals):
            return {}
        # Whoever may change a contact need not see those below it.
        partners = self.sudo().with_context(active_test=False)
        return (
            partners.search([("id", "child_of", self.ids)])
            .with_context(active_test=True)
            .grouped("commercial_partner_id")
        )

    def _service_change_entity(self, before):
        """Take care of the tickets of partners (sudo) whose entity was another one.

        Who had none above him brings his tickets to the company that he gets; who
        leaves a company leaves its tickets, and follows them no more.

        :param before: res.partner (sudo), the commercial entity that they had
        """
        moved = self.filtered(lambda one: one.commercial_partner_id != before)
        tickets = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        domain = [("commercial_partner_id", "=", before.id)]
        if not moved or not (tickets := tickets.search(domain)):
            return
        if before in moved:
            tickets.commercial_partner_id = before.commercial_partner_id
            tickets._service_sync()
            return
        tickets._service_leave(moved)

    def _service_has_portal_users(self):
        """Say whether somebody of these partners can log in."""
        # Whether there is a user is asked for bookkeeping and told nobody.
        users = self.env["res.users"].sudo()
        domain = [("partner_id", "child_of", self.ids), ("share", "=", True)]
        return bool(users.search_count(domain, limit=1))

    def set_service_portal_scope(self, scope):
        """Set which tickets these contacts see in the portal.

        :param str scope: ``own`` or ``company``
        :return: True
        :raise AccessError: no helpdesk user, or a contact that he may not read
        :raise UserError: another scope, or a contact that does not exist
        """
        check_ids(self)
        if not self.env.su and not self.env.user.has_group(AGENT):
            raise AccessError(
                self.env._("Only helpdesk users decide what contacts see of tickets.")
            )
        self.check_access("read")
        spec = {"scope": Option("str", choices=tuple(dict(SCOPES)), required=True)}
        checked = check_options(self.env, {"scope": scope}, spec, "arguments")
        if any(not user.share for user in self.sudo().user_ids):
            raise UserError(
                self.env._(
                    "ids: %(name)s is an employee; the role counts for customers only.",
                    name=", ".join(self.mapped("display_name")),
                )
            )
        # Agents may not change contacts; this one field is theirs to decide.
        self.sudo().service_portal_scope = checked["scope"]
        return True

    def action_service_portal_company(self):
        """Let these contacts see all tickets of their company; return True."""
        return self.set_service_portal_scope("company")

    def action_service_portal_own(self):
        """Let these contacts see their own tickets only; return True."""
        return self.set_service_portal_scope("own")
