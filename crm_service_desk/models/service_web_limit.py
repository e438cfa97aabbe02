# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac

KEEP_HOURS = 24


class ServiceWebLimit(models.Model):
    """How often strangers used the web form within an hour, by what they come from.

    Counted in the database, so that all processes count together; addresses are kept
    as digests only.
    """

    _name = "service.web.limit"
    _description = "Use of the Web Form"
    _order = "id desc"
    _rec_name = "kind"

    kind = fields.Char(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True)
    hour = fields.Datetime(required=True, readonly=True)
    uses = fields.Integer(required=True, readonly=True)

    _use_uniq = models.UniqueIndex("(kind, digest, hour)", "Counted already.")

    @api.model
    def _take(self, kind, value, limit):
        """Count one use of ``value`` within this hour; return whether it is allowed.

        Two uses at once meet at the unique index: the second waits, and is counted
        after the first. Raw SQL for that: the ORM cannot say ON CONFLICT.

        :param str kind: what is counted
        :param str value: an address; kept as a digest
        :param int limit: uses allowed in an hour
        """
        # Nobody has rights on the counts; strangers make them by using the form.
        env = self.sudo().env
        hour = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        rows = env.execute_query(
            SQL(
                """
                INSERT INTO service_web_limit (
                    kind, digest, hour, uses,
                    create_uid, write_uid, create_date, write_date
                ) VALUES (
                    %s, %s, %s, 1, %s, %s,
                    now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                )
                ON CONFLICT (kind, digest, hour)
                DO UPDATE SET uses = service_web_limit.uses + 1
                RETURNING uses
                """,
                kind,
                hmac(env, "crm_service_desk.web_limit", value),
                hour,
                env.uid,
                env.uid,
            )
        )
        return rows[0][0] <= limit

    @api.autovacuum
    def _gc_limits(self):
        """Forget old counts; return (done, remaining)."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), hours=KEEP_HOURS)
        old = self.search([("hour", "<", limit)], limit=5000)
        old.unlink()
        return len(old), self.search_count([("hour", "<", limit)], limit=5000)
