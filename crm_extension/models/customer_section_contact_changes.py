# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..engine.periods import day_start
from ..engine.scope import CONTACT, GROUP
from .customer_section_contact import EVENT

PARTNER = "res.partner"
#: Changes of so many days back are worth telling.
CHANGE_DAYS = 90
#: Tracked fields of contacts whose changes are told.
CHANGES = ("contact_address_inline", "credit_limit", "active", "parent_id")


class CrmCustomerSectionContact(models.AbstractModel):
    """Meetings, contacts, and changes of the customer that are worth knowing."""

    _inherit = "crm.customer.section.contact"

    # === MEETINGS === #

    @api.model
    def _meeting_domain(self, member_ids):
        """Return the meetings with members (Domain) that are not private to others."""
        domain = Domain("partner_ids", "in", list(member_ids))
        return domain & Domain(self.env[EVENT]._get_default_privacy_domain())

    @api.model
    def _meeting_query(self, scope):
        """Return SQL of (kind, partner, id, start) of meetings since the period began.

        The meetings are the ORM's own search with the user's rules.
        """
        query = self.env[EVENT]._search(self._meeting_domain(scope.member_ids))
        return SQL(
            """
            SELECT 'meeting', link.res_partner_id, event.id, event.start
              FROM calendar_event event
              JOIN calendar_event_res_partner_rel link
                ON link.calendar_event_id = event.id
             WHERE event.id IN %s AND link.res_partner_id IN %s
               AND event.start >= LEAST(%s, %s)
            """,
            query.subselect(),
            scope.member_ids,
            day_start(scope.period.start, scope.zone),
            scope.now,
        )

    @api.model
    def _meeting_figures(self, scope, events):
        """Return the figures of one customer's meetings.

        The domains name the meetings: whose calendar is private is asked of the
        database by a query, which no domain of an answer can carry.

        :param events: {event id: start (naive UTC datetime)}
        """
        period = scope.period
        held = sorted(
            event_id
            for event_id, start in events.items()
            if period.start <= scope.day_of(start) <= period.end
        )
        coming = [(start, key) for key, start in events.items() if start >= scope.now]
        start, event_id = min(coming, default=(False, False))
        return {
            "meetings": {"value": len(held), "domain": [("id", "in", held)]},
            "next_meeting": {
                "value": scope.day_of(start),
                "domain": [("id", "in", [event_id] if event_id else [])],
            },
        }

    # === CONTACTS === #

    @api.model
    def _tables(self, scope, partner_id):
        tables = super()._tables(scope, partner_id)
        if scope.kind != CONTACT:
            tables.append(self._contact_table(scope, partner_id))
        return tables

    @api.model
    def _contact_table(self, scope, partner_id):
        """Return the people and addresses of the customer with their role."""
        head = scope.heads[partner_id]
        tree = Domain("commercial_partner_id", "=", head)
        if scope.kind == GROUP:
            tree = Domain("id", "child_of", head)
        columns = [
            ("name", self.env._("Name"), "text"),
            ("role", self.env._("Role"), "text"),
            ("email", self.env._("Email"), "text"),
            ("phone", self.env._("Phone"), "text"),
        ]
        return self._record_table(
            "contacts",
            self.env._("Contacts"),
            columns,
            PARTNER,
            tree & Domain("id", "!=", head),
            "complete_name, id",
            self._contact_values,
        )

    @api.model
    def _contact_values(self, partner):
        """Return the row (dict) of a contact: its job, else what its address is for."""
        return {
            "name": partner.name or partner.display_name,
            "role": partner.function or self._selection_text(partner, "type"),
            "email": partner.email or "",
            "phone": partner.phone or "",
        }

    # === CHANGES === #

    @api.model
    def _notices(self, scope, figures):
        notices = super()._notices(scope, figures)
        owners = scope.owners()
        for member, name, field, moment, archived in self._changes(scope):
            text = self._change_text(field, name, scope.day_of(moment), archived)
            for owner in owners.get(member, ()) if text else ():
                notices.setdefault(owner, []).append(text)
        return notices

    @api.model
    def _change_text(self, field, name, day, archived):
        """Return what to tell of a change (str), "" where it is nothing worth."""
        told = {"name": name, "day": format_date(self.env, day)}
        if field == "contact_address_inline":
            return self.env._("%(name)s: the address changed on %(day)s.", **told)
        if field == "credit_limit":
            return self.env._("%(name)s: the credit limit changed on %(day)s.", **told)
        if field == "parent_id":
            return self.env._("%(name)s left the company on %(day)s.", **told)
        if archived:
            return self.env._("%(name)s was archived on %(day)s.", **told)
        return ""

    @api.model
    def _changes(self, scope):
        """Return (member id, name, field, moment, archived) of the last changes.

        One row per contact and field. A contact that left counts for the company it
        left. Raw SQL, because tracked values are readable to settings managers only;
        the contacts are the ORM's own search with the user's rules, and fields that
        the user may not read are left out.
        """
        partner = self.env[PARTNER].with_context(active_test=False)
        names = tuple(
            name
            for name in CHANGES
            if partner._has_field_access(partner._fields[name], "read")
        )
        for name in ("mail.message", "mail.tracking.value"):
            self.env[name].flush_model()
        partner.flush_model(["name", "commercial_partner_id"])
        sql = self._kept(
            scope,
            ("changes", names),
            lambda section, pattern: section._changes_sql(pattern, names),
            names=(PARTNER,),
        )
        return self.env.execute_query(sql)

    @api.model
    def _changes_sql(self, scope, names):
        """Return the SQL of :meth:`_changes`.

        :param names: tuple of the fields that the user may read
        """
        readable = self.env[PARTNER].with_context(active_test=False)._search([])
        return SQL(
            """
            SELECT DISTINCT ON (contact.id, field.name)
                   changed.member, contact.name, field.name, changed.date,
                   changed.new_value_integer = 0
              FROM (
                SELECT message.res_id AS member, message.res_id, message.date,
                       value.id, value.field_id, value.new_value_integer
                  FROM mail_message message
                  JOIN mail_tracking_value value
                    ON value.mail_message_id = message.id
                 WHERE message.model = 'res.partner'
                   AND message.res_id IN %(members)s
                   AND message.date >= %(now)s - %(days)s * interval '1 day'
                   AND value.field_id != %(parent)s
                 UNION ALL
                SELECT value.old_value_integer, message.res_id, message.date,
                       value.id, value.field_id, value.new_value_integer
                  FROM mail_tracking_value value
                  JOIN mail_message message ON message.id = value.mail_message_id
                 WHERE value.field_id = %(parent)s
                   AND value.old_value_integer IN %(members)s
                   AND message.model = 'res.partner'
                   AND message.res_id NOT IN %(members)s
                   AND message.date >= %(now)s - %(days)s * interval '1 day'
              ) AS changed
              JOIN ir_model_fields field ON field.id = changed.field_id
              JOIN res_partner contact ON contact.id = changed.res_id
             WHERE field.name IN %(names)s AND contact.id IN %(readable)s
               AND (field.name != 'credit_limit'
                    OR contact.id = contact.commercial_partner_id)
             ORDER BY contact.id, field.name, changed.date DESC, changed.id DESC
            """,
            now=scope.now,
            days=CHANGE_DAYS,
            parent=self.env["ir.model.fields"]._get_ids(PARTNER)["parent_id"],
            names=names or ("",),
            readable=readable.subselect(),
            members=scope.member_ids,
        )
