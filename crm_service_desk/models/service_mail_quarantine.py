# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import base64
import email
import email.policy
import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.crm_suite_base.tools.obstacle import Obstacle
from odoo.addons.crm_suite_base.tools.options import check_id_types

from ..engine import mail_identity, mail_text
from .groups import MANAGER

KIND = "crm_service_desk.quarantine"
# Automatic mails are kept for a look back, not for ever.
KEEP_AUTOMATIC_DAYS = 90


class ServiceMailQuarantine(models.Model):
    """A mail to the desk that did not become a ticket or an answer, kept as it came.

    What raised waits for a person (mend the cause, process again); what a machine
    sent is only parked.
    """

    _name = "service.mail.quarantine"
    _description = "Quarantined Mail"
    _order = "id desc"
    _rec_name = "subject"

    state = fields.Selection(
        [
            ("failed", "Failed"),
            ("automatic", "Automatic"),
            ("processed", "Processed"),
            ("discarded", "Discarded"),
        ],
        required=True,
        default="failed",
        readonly=True,
        index=True,
    )
    subject = fields.Char(readonly=True)
    email_from = fields.Char(string="From", readonly=True)
    recipients = fields.Char(readonly=True)
    reason = fields.Text(string="Reported Reason", readonly=True)
    reason_code = fields.Char(readonly=True)
    reason_values = fields.Json(readonly=True)
    reason_told = fields.Text(
        string="Reason",
        compute="_compute_reason_told",
        help="In the language of who reads it.",
    )
    raw = fields.Binary(string="Raw Mail", attachment=True, readonly=True)
    raw_name = fields.Char(string="File Name", compute="_compute_raw_name")
    digest = fields.Char(readonly=True, index=True, help="SHA-256 of the raw mail.")
    occurrences = fields.Integer(default=1, readonly=True)
    fallback_model = fields.Char(readonly=True)
    custom_values = fields.Json(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True, ondelete="set null")

    def _compute_raw_name(self):
        for row in self:
            row.raw_name = f"mail-{row.id}.eml"

    @api.depends("reason", "reason_code", "reason_values")
    @api.depends_context("lang")
    def _compute_reason_told(self):
        incidents = self.env["crm.suite.incident"]
        for row in self:
            told = incidents._tell(row.reason_code, row.reason_values)
            row.reason_told = told[0] if told else row.reason

    @api.model
    def _why(self, code, **values):
        """Return an :class:`Obstacle` of this addon."""
        return Obstacle(self.env, f"crm_service_desk.{code}", **values)

    @api.model
    def _explain(self, error):
        """Return what anyone's code raised as an :class:`Obstacle`."""
        if isinstance(error, Obstacle):
            return error
        text = f"{type(error).__name__}: {error}"
        # What a mail holds may stand in it; a database keeps no such text.
        text = text.encode("utf-8", "replace").decode().replace("\x00", "")
        return self._why("mail_failed", text=text)

    @api.model
    def _keep(self, raw, state, reason, model=None, custom_values=None):
        """Keep a raw mail (bytes) with why it was not processed; return the row.

        ``reason`` is an :class:`Obstacle`, told to each reader in his language, or a
        text.

        The same mail that comes again (a fetching server tries again) is counted, not
        kept twice. Only the desk's own model is kept as the fallback, and values only
        of the superuser (who fetches mail): both are used again with his rights.
        """
        desk = model == "helpdesk.ticket"
        values = custom_values if desk and self.env.su else False
        # Mail comes in as the gateway's user, who has no right on this model.
        rows = self.sudo()
        why = self._reason_values(reason)
        digest = hashlib.sha256(raw).hexdigest()
        known = rows.search([("digest", "=", digest)], limit=1)
        if known:
            known.write(dict(why, occurrences=known.occurrences + 1))
            known._tell(reason)
            return known
        row = rows.create(
            {
                **self._head_of(raw),
                **why,
                "state": state,
                "raw": base64.b64encode(raw),
                "digest": digest,
                "fallback_model": model if desk else False,
                "custom_values": values or False,
                "company_id": self._company_id_of(raw),
            }
        )
        row._tell(reason)
        return row

    @api.model
    def _reason_values(self, reason):
        """Return the values of a row with a reason, see :meth:`_keep`."""
        known = isinstance(reason, Obstacle)
        return {
            "reason": reason.reason if known else reason,
            "reason_code": known and reason.code,
            "reason_values": known and reason.values,
        }

    def _tell(self, reason):
        """Show a failed mail on the health page.

        :param reason: see :meth:`_keep`
        """
        if self.state == "failed":
            why = self._why("mail", sender=self.email_from or "?", reason=reason)
            self.env["crm.suite.incident"]._report_obstacle(self, KIND, why)

    @api.model
    def _head_of(self, raw):
        """Return subject and addresses as far as they can be read."""
        message = email.message_from_bytes(
            mail_text.repair(mail_text.head(raw)), policy=email.policy.compat32
        )
        return {
            "subject": mail_text.header(message, "Subject")[:500],
            "email_from": mail_text.header(message, "From")[:500],
            "recipients": ", ".join(sorted(mail_text.recipients(raw)))[:500],
        }

    @api.model
    def _company_of(self, aliases):
        """Return the SQL of the company (id) of the desk that a mail was sent to; NULL
        if one cannot tell.

        :param aliases: what :meth:`_desk_aliases` says of the mail
        """
        teams = self.env["helpdesk.ticket.team"].sudo()
        query = teams._search([("alias_id", "in", aliases.ids)], limit=1)
        return query.subselect("company_id")

    @api.model
    def _company_id_of(self, raw):
        company = self._company_of(self._desk_aliases(raw))
        return self.env.execute_query(SQL("SELECT %s", company))[0][0]

    @api.model
    def _desk_aliases(self, raw):
        """Return the aliases of the desk among the recipients of a raw mail."""
        addresses = mail_text.recipients(raw)
        addresses |= set(map(mail_text.without_detail, addresses))
        local = {address.partition("@")[0] for address in addresses}
        # Whether an address is the desk's is no secret to the gateway.
        aliases = (
            self.env["mail.alias"]
            .sudo()
            .search_fetch(
                [
                    ("alias_model_id.model", "=", "helpdesk.ticket"),
                    ("alias_name", "in", list(local)),
                ]
            )
        )
        return aliases.filtered(
            lambda alias: not alias.alias_domain_id
            or alias.alias_incoming_local
            or (alias.alias_full_name or "").lower() in addresses
        )

    @api.model
    def _is_for_desk(self, raw, model=None, aliases=None):
        """Say whether a raw mail is the desk's business: by fallback model, by
        recipient, or because it answers a ticket's message.

        :param aliases: what :meth:`_desk_aliases` says of the mail, if it was asked
        """
        aliases = self._desk_aliases(raw) if aliases is None else aliases
        return (
            model == "helpdesk.ticket"
            or "-helpdesk.ticket@" in mail_text.references(raw)
            or bool(aliases)
            or self._answers_ticket(raw)
        )

    @api.model
    def _answers_ticket(self, raw):
        """Say whether a raw mail answers another one that is on a ticket: one that came
        in by mail has its sender's Message-Id."""
        known = mail_identity.references(raw)
        # As core looks for it: what it is about is told nobody.
        messages = self.env["mail.message"].sudo()
        domain = [("message_id", "in", known), ("model", "=", "helpdesk.ticket")]
        return bool(known and messages.search_count(domain, limit=1))

    def action_process(self):
        """Process the mails again; a mail that fails again stays, with its reason.

        :return: True
        :raise UserError: mails that are processed already
        :raise AccessError: no helpdesk manager, or a mail that he may not read
        """
        self._check_manager()
        done = self.filtered(lambda row: row.state == "processed")
        if done:
            raise UserError(
                self.env._(
                    "%(subject)s has been processed already.",
                    subject=", ".join(done.mapped("display_name")),
                )
            )
        # Managers have no right to write rows, which are evidence; that they may
        # decide about these is checked above.
        for row in self.sudo().try_lock_for_update():
            row._process()
        return True

    def _check_manager(self):
        """Refuse who is no helpdesk manager, or may not read these rows."""
        if not self.env.su and not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only helpdesk managers may decide about quarantined mails.")
            )
        check_id_types(self).check_access("read")

    def _process(self):
        """Hand one mail to the gateway again, as a person's decision to let it in."""
        self.ensure_one()
        before = self.occurrences
        # The gateway creates and routes as the superuser; the manager's right to let
        # the mail in is checked by the caller.
        gateway = self.sudo().env["mail.thread"].with_context(service_mail_release=True)
        desk = self.fallback_model == "helpdesk.ticket"
        thread_id = gateway.message_process(
            self.fallback_model if desk else None,
            base64.b64decode(self.raw),
            custom_values=(desk and self.custom_values) or None,
        )
        if self.occurrences > before:
            # It raised again: counted and told again.
            return
        ticket = self.env["helpdesk.ticket"].browse(thread_id or [])
        self.write({"state": "processed", "ticket_id": ticket.exists().id})
        self.env["crm.suite.incident"]._settle(self, KIND)

    def action_discard(self):
        """Say that the mails need no ticket; they stay readable here.

        :return: True
        :raise AccessError: no helpdesk manager, or a mail that he may not read
        """
        self._check_manager()
        # See action_process: the manager decides, but has no right to write rows.
        failed = self.sudo().filtered(lambda row: row.state == "failed")
        failed.state = "discarded"
        self.env["crm.suite.incident"]._settle(self, KIND)
        return True

    @api.autovacuum
    def _gc_automatic(self):
        """Forget old automatic mails; return (done, remaining)."""
        limit = fields.Datetime.subtract(
            fields.Datetime.now(), days=KEEP_AUTOMATIC_DAYS
        )
        domain = [("state", "=", "automatic"), ("create_date", "<", limit)]
        old = self.search(domain, limit=1000)
        old.unlink()
        return len(old), self.search_count(domain, limit=1000)
