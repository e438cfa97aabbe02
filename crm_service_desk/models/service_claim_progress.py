# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.fields import Domain

from ..engine import progress

# So many claims are looked at in one transaction of the cron.
CHUNK = 100
# Open steps, and "credited": the last a credit note is paid.
FINAL = (
    progress.REPAIRED,
    progress.REPLACED,
    progress.PAID,
    progress.REFUSED,
    progress.CANCELLED,
)


class ServiceClaim(models.Model):
    """What follows when a document of a claim gets further."""

    _inherit = "service.claim"

    @api.model
    def _service_claims_of(self, pickings=None, orders=None, credits=None):
        """Return the claims (sudo) that documents were made for."""
        # Whoever moves a document on moves the claim on; he need not see it.
        domain = Domain.FALSE
        if pickings:
            whole = pickings.sudo()
            while before := whole.backorder_id - whole:
                whole |= before
            domain |= Domain("picking_id", "in", whole.ids)
            moves = pickings.sudo().move_ids
            domain |= Domain("id", "in", moves.service_claim_id.ids)
            orders = moves.sale_line_id.order_id
        if orders:
            domain |= Domain("order_id", "in", orders.ids)
        if credits:
            domain |= Domain("credit_id", "in", credits.ids)
        return self.sudo().search(domain) if domain != Domain.FALSE else self.sudo()

    def _service_progressed(self):
        """Tell what is new: the serial number, the customer, the waiting ticket.

        Idempotent; called with sudo by the documents' own steps and by the cron.
        """
        for claim in self:
            claim.invalidate_recordset(["step"])
            if claim.step == claim.told_step:
                continue
            if claim.step == progress.REPLACED:
                claim._service_carry_warranty()
            claim.told_step = claim.step
            claim._service_tell_customer()
            claim._service_credit_switch()
        for ticket in self.ticket_id:
            ticket._service_resume()

    def _service_tell_customer(self):
        """Queue the mail that the team chose for this step, as the ticket's own."""
        self.ensure_one()
        ticket = self.ticket_id
        chosen = ticket.team_id.service_step_ids.filtered(
            lambda row: row.active and row.step == self.told_step
        )
        if not chosen or not ticket.partner_id:
            return
        template = chosen[:1].template_id
        lang = ticket.partner_id.lang or self.env.lang
        claim = self.with_context(lang=lang)
        values = {
            name: template._render_field(name, claim.ids, set_lang=lang)[claim.id]
            for name in ("subject", "body_html")
        }
        # Answers to it come back to the ticket; it moves no clock (auto_comment).
        ticket.with_context(
            service_automatic_mail=True, mail_notify_force_send=False
        ).message_post(
            subject=values["subject"],
            body=values["body_html"],
            message_type="auto_comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=ticket.partner_id.ids,
            # The customer hears from his agent, whoever moved the goods.
            author_id=(ticket.user_id or self.env.user).partner_id.id,
            email_layout_xmlid="mail.mail_notification_light",
        )

    def _service_text(self):
        """Return the step in words for the customer, in the reader's language."""
        self.ensure_one()
        texts = {
            progress.REQUESTED: self.env._("We have passed your case on."),
            progress.QUOTED: self.env._("We have made you a quotation."),
            progress.DRAFTED: self.env._("We are preparing a credit note for you."),
            progress.IN_TRANSIT: {
                "replacement": self.env._("Your replacement is being sent."),
            }.get(self.kind, self.env._("We expect your goods.")),
            progress.RECEIVED: self.env._("Your goods have arrived with us."),
            progress.REPAIRING: self.env._("Your goods are being repaired."),
            progress.REPAIRED: self.env._("Your goods have been repaired."),
            progress.REPLACED: self.env._("Your replacement has been sent."),
            progress.CREDITED: self.env._("We have issued a credit note to you."),
            progress.PAID: self.env._("Your credit note has been settled."),
            progress.REFUSED: self.env._("We cannot do what was asked for."),
            progress.CANCELLED: self.env._("This has been cancelled."),
        }
        return texts[self.told_step or self.step]

    def _service_carry_warranty(self):
        """Link each new serial number to the one that it replaces, with its warranty.

        By the policy of the team the new one keeps the remaining warranty, or begins
        a term of its own. So do goods by the lot and goods without numbers, of which
        the delivery keeps what was left of those that it replaced. What is bought
        replaces nothing.
        """
        self.ensure_one()
        if not self.free:
            return
        rows = self._service_moves_out().move_line_ids
        new = list(
            rows.lot_id.filtered(lambda lot: lot.product_id.tracking == "serial")
        )
        keeps = self.ticket_id.team_id.service_exchange_warranty != "new"
        if keeps:
            self._service_carry_to(
                rows.filtered(lambda row: row.product_id.tracking != "serial")
            )
        for line in self.line_ids:
            sent = line._service_sent()
            mine = [lot for lot in new if lot.product_id == sent]
            if not line.lot_id or not mine:
                continue
            new.remove(mine[0])
            mine[0]._service_replace(line.lot_id, keeps and line.warranty_ends_on)

    def _service_carry_to(self, rows):
        """Note on delivered rows (sudo) until when what they replaced was covered.

        Of several ends the latest: which piece replaced which nobody can tell.
        """
        for product, mine in rows.grouped("product_id").items():
            ends = self.line_ids.filtered(
                lambda line, product=product: line._service_sent() == product
            ).mapped("warranty_ends_on")
            if ends and all(ends):
                mine.service_carried_until = max(ends)

    @api.model
    def _cron_progress(self):
        """Look at open claims: some documents get further without telling us."""
        domain = [("told_step", "not in", FINAL)]
        last, total = 0, self.search_count(domain)
        while claims := self.search(
            Domain(domain) & Domain("id", ">", last), limit=CHUNK, order="id"
        ):
            claims._service_progressed()
            last = claims[-1].id
            total -= len(claims)
            if not self.env["ir.cron"]._commit_progress(
                len(claims), remaining=max(total, 0)
            ):
                break
