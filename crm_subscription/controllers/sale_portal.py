# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import binascii

from odoo import fields
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route

from odoo.addons.sale.controllers.portal import CustomerPortal


class RenewalPortal(CustomerPortal):
    @route()
    def portal_quote_accept(
        self, order_id, access_token=None, name=None, signature=None
    ):
        """Accept a renewal quotation also where no PDF can be made.

        Core attaches the signed quotation as a PDF and refuses the customer's
        signature when wkhtmltopdf is missing, as on Debian 13. A contract must not
        lapse for that: then the signature is kept on the order, which the portal
        shows, and the message tells it. See core for arguments and answer.
        """
        state = request.env["ir.actions.report"].get_wkhtmltopdf_state()
        token = access_token or request.httprequest.args.get("access_token")
        if state != "install" or not self._is_renewal(order_id, token):
            return super().portal_quote_accept(
                order_id, access_token=access_token, name=name, signature=signature
            )
        # Access by record rule or token has just been checked by _is_renewal.
        order_sudo = self._document_check_access("sale.order", order_id, token)
        if not order_sudo._has_to_be_signed() or not signature:
            # Core answers both without making a PDF.
            return super().portal_quote_accept(
                order_id, access_token=access_token, name=name, signature=signature
            )
        return self._accept_renewal(order_sudo, name, signature)

    @route()
    def portal_quote_decline(
        self,
        order_id,
        access_token=None,
        decline_message=None,
        renewal_reason_id=None,
        **kwargs,
    ):
        """Decline a renewal quotation with a reason; sales are told. Every other
        quotation is declined as in core.

        :param renewal_reason_id: id of a reason, as the form sends it
        """
        if not self._is_renewal(order_id, access_token):
            return super().portal_quote_decline(
                order_id,
                access_token=access_token,
                decline_message=decline_message,
                **kwargs,
            )
        # Access by record rule or token has just been checked by _is_renewal.
        order_sudo = self._document_check_access("sale.order", order_id, access_token)
        waits = order_sudo.state in ("draft", "sent")
        query = ""
        try:
            reason = int(renewal_reason_id or 0)
            with request.env.cr.savepoint():
                order_sudo.decline_renewal(reason, (decline_message or "").strip())
        except (UserError, ValueError):
            # Of an offer that waits only the reason or its comment can be wrong.
            query = f"&message={'renewal_reason' if waits else 'cant_reject'}"
        return request.redirect(order_sudo.get_portal_url(query_string=query))

    def _is_renewal(self, order_id, access_token):
        """Return whether the caller may see the order and it renews a contract."""
        try:
            order = self._document_check_access("sale.order", order_id, access_token)
        except (AccessError, MissingError):
            return False
        return bool(order.renewal_contract_id)

    def _accept_renewal(self, order_sudo, name, signature):
        """Sign and confirm a renewal quotation; return core's answer."""
        try:
            order_sudo.write(
                {
                    "signed_by": name,
                    "signed_on": fields.Datetime.now(),
                    "signature": signature,
                }
            )
            order_sudo.flush_recordset()
        except (TypeError, binascii.Error):
            return {"error": request.env._("Invalid signature data.")}
        if not order_sudo._has_to_be_paid():
            # Not _validate_order: its mail to the customer attaches the PDF.
            order_sudo.action_confirm()
        author = request.env.user.partner_id
        if request.env.user._is_public():
            author = order_sudo.partner_id
        order_sudo.message_post(
            author_id=author.id,
            body=request.env._("Order signed by %(name)s", name=name),
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        self._confirm_to_customer(order_sudo)
        query = "&message=sign_ok"
        if order_sudo._has_to_be_paid():
            query += "&allow_payment=yes"
        return {
            "force_refresh": True,
            "redirect_url": order_sudo.get_portal_url(query_string=query),
        }

    def _confirm_to_customer(self, order_sudo):
        """Write to the customer that the renewal is confirmed, in his language."""
        customer = order_sudo.partner_id
        order = order_sudo.with_context(lang=customer.lang)
        order.message_post(
            author_id=(order.user_id or order.company_id).partner_id.id,
            body=order.env._(
                "Thank you. %(order)s is confirmed; your subscription goes on.",
                order=order.name,
            ),
            partner_ids=customer.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
