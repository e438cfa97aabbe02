# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import mail_identity

OUTCOMES = [
    ("received", "Received"),
    ("ticket", "New Ticket"),
    ("message", "Message on a Ticket"),
    ("stranger", "Message of a Stranger"),
    ("quarantined", "Quarantined"),
    ("automatic", "Automatic Mail"),
    ("elsewhere", "Another Document"),
]
KEEP_DAYS = 400


class ServiceMailReceipt(models.Model):
    """What became of each mail to the desk: one row per mail, written when it comes in.

    The mails that came in are the sum of tickets, messages and quarantined mails, plus
    the duplicates that were recognised (``occurrences`` beyond the first).
    """

    _name = "service.mail.receipt"
    _description = "Received Mail"
    _order = "id desc"
    _rec_name = "subject"

    fingerprint = fields.Char(required=True, readonly=True)
    message_id = fields.Char(string="Message-Id", readonly=True)
    subject = fields.Char(readonly=True)
    email_from = fields.Char(string="From", readonly=True)
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True, index=True)
    occurrences = fields.Integer(
        default=1,
        readonly=True,
        help="How often this mail came; more than once: duplicates that were not"
        " processed.",
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, ondelete="set null", index="btree_not_null"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)

    _fingerprint_uniq = models.UniqueIndex(
        "(fingerprint)", "This mail has been received already."
    )

    @api.model
    def _claim(self, raw, head, company):
        """Return (receipt, whether the mail came before).

        Two servers that fetch the same mail at once meet at the unique index: the
        second waits for the first and then is told that the mail came before. Raw SQL
        for that: the ORM cannot say ON CONFLICT.

        :param bytes raw: the mail
        :param dict head: ``subject`` and ``email_from`` as clean text
        :param SQL company: id of the company of the desk that it was sent to
        """
        # Mail comes in as the gateway's user, who has no right on this model; nothing
        # of the row is answered to him.
        rows = self.sudo()
        mark = mail_identity.fingerprint(raw)
        found = rows.env.execute_query(
            SQL(
                """
                INSERT INTO service_mail_receipt (
                    fingerprint, message_id, subject, email_from, company_id,
                    outcome, occurrences, create_uid, write_uid,
                    create_date, write_date
                ) VALUES (
                    %s, %s, %s, %s, %s, 'received', 1, %s, %s,
                    now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                )
                ON CONFLICT (fingerprint) DO NOTHING
                RETURNING id
                """,
                mark,
                mail_identity.message_id(raw)[:500] or None,
                head["subject"],
                head["email_from"],
                company,
                self.env.uid,
                self.env.uid,
            )
        )
        if found:
            receipt = rows.browse(found[0][0])
            # As it was just written: what became of the mail is asked several times.
            receipt._update_cache({"outcome": "received"}, validate=False)
            return receipt, False
        receipt = rows.search([("fingerprint", "=", mark)], limit=1)
        return receipt, True

    @api.model
    def _has(self, raw):
        """Say whether a raw mail has come in already."""
        # As in _claim: the gateway's user has no right on this model.
        mark = mail_identity.fingerprint(raw)
        return bool(self.sudo().search_count([("fingerprint", "=", mark)], limit=1))

    def _count_duplicate(self):
        """Note that the mail came once more."""
        self.occurrences += 1

    @api.model
    def _note(self, outcome, ticket=None):
        """Note what became of the mail that is being processed.

        A mail to two desks makes a ticket in each; the first one is noted.
        """
        receipt = self.sudo().browse(self.env.context.get("service_mail_receipt") or [])
        if receipt and receipt.outcome == "received":
            receipt.write(
                {"outcome": outcome, "ticket_id": ticket.id if ticket else False}
            )

    def _forget(self):
        """Note that the mail was another application's, and nothing of what it says."""
        self.write(
            {
                "outcome": "elsewhere",
                "subject": False,
                "email_from": False,
                "message_id": False,
            }
        )

    @api.autovacuum
    def _gc_receipts(self):
        """Forget old receipts; return (done, remaining).

        Nobody fetches a mail again after more than a year.
        """
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=KEEP_DAYS)
        old = self.search([("create_date", "<", limit)], limit=5000)
        old.unlink()
        return len(old), self.search_count([("create_date", "<", limit)], limit=5000)
