# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route
from odoo.tools import groupby

from odoo.addons.contract.controllers.main import PortalContract

PREVIEW_PERIODS = 3
LEDGER_ROWS = 24


class PortalSubscription(PortalContract):
    def _document_check_access(self, model_name, document_id, access_token=None):
        """Return the document (sudo) if it may be seen. See core.

        What cannot be a token is none: comparing it raises in core.
        """
        if not isinstance(access_token, str) or not access_token.isascii():
            access_token = None
        return super()._document_check_access(model_name, document_id, access_token)

    def _contract_get_page_view_values(self, contract, access_token, **kwargs):
        """Add what a customer asks first: next bills, past bills, renewal to accept.

        ``contract`` is in sudo mode; access was checked by OCA's route, by record
        rule or token.
        """
        values = super()._contract_get_page_view_values(
            contract, access_token, **kwargs
        )
        rows = contract.period_ids.filtered(
            lambda row: row.state in ("billed", "credited")
        ).sorted("period_start", reverse=True)
        order = contract.renewal_order_id
        deliveries = contract.delivery_ids.filtered(lambda row: not row.is_released)
        values.update(
            items=contract._get_shown_lines(),
            next_bills=self._get_next_bills(contract),
            ledger=rows[:LEDGER_ROWS],
            deliveries=deliveries.sorted("period_start", reverse=True)[:LEDGER_ROWS],
            renewal_order=order.filtered(lambda o: o._has_to_be_signed()),
            can_cancel=contract._can_cancel_in_portal(request.env.user),
            withdrawal=self._get_withdrawal(contract),
            message=kwargs.get("message"),
        )
        return values

    def _get_withdrawal(self, contract):
        """Return what withdrawing the cancellation costs (dict), or None."""
        if not contract._can_withdraw_in_portal(request.env.user):
            return None
        return contract._describe_withdrawal()

    def _get_next_bills(self, contract):
        """Return the next bills (list of dicts): ``date``, ``rows`` of the preview
        with the ``name`` of their line, ``currency`` (record), and ``total`` with
        taxes."""
        names, own = self._get_names(contract), contract.currency_id
        rows = contract.preview_schedule(limit=PREVIEW_PERIODS)
        bills = []
        for _number, group in groupby(rows, lambda row: row["bill"]):
            lines = [dict(row, name=names[row["line_id"]]) for row in group]
            currency = self._get_currency(lines[0]["currency"], own)
            bills.append(
                {
                    "date": lines[0]["invoice_date"],
                    "rows": lines,
                    "currency": currency,
                    "total": currency.round(sum(row["amount_total"] for row in lines)),
                }
            )
        return bills[:PREVIEW_PERIODS]

    def _get_currency(self, name, own):
        """Return the currency of a bill: mostly the contract's ``own``; it may have
        had another one when days were billed that are given back."""
        if name == own.name:
            return own
        return own.with_context(active_test=False).search([("name", "=", name)])

    def _get_names(self, contract):
        """Return ``{line id: first line of its text}``."""
        return {
            line.id: line._get_sold_name().split("\n")[0]
            for line in contract.contract_line_ids
        }

    # === CANCELLATION === #
    def _sum_by_line(self, contract, rows):
        """Return periods of a preview as one row per contract line (list of dicts):
        ``name``, ``start``, ``end`` and ``amount``."""
        names = self._get_names(contract)
        return [
            {
                "name": names[line_id],
                "start": min(row["period_start"] for row in group),
                "end": max(row["period_end"] for row in group),
                "amount": sum(row["amount"] for row in group),
            }
            for line_id, group in groupby(rows, lambda row: row["line_id"])
        ]

    @route(
        "/my/contracts/<int:contract_id>/cancel",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_contract_cancel_preview(self, contract_id, **kwargs):
        """Show when the service would end and what that costs; nothing is written."""
        contract = self._get_cancellable(contract_id)
        if not contract:
            return request.redirect("/my")
        return self._render_cancellation(contract)

    @route(
        "/my/contracts/<int:contract_id>/cancel",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_contract_cancel(
        self, contract_id, reason_id=None, comment="", expected_total=None, **kwargs
    ):
        """Cancel in the customer's name, at the total that he has seen.

        :param reason_id: id of a reason, as the form sends it
        :param str comment: needed where the reason asks for one
        :param expected_total: the total of the preview; another one is shown again
        """
        contract = self._get_cancellable(contract_id)
        if not contract:
            return request.redirect("/my")
        try:
            options = {
                "reason_id": self._parse(int, "reason_id", reason_id),
                "comment": comment,
            }
            total = self._parse(float, "expected_total", expected_total)
            with request.env.cr.savepoint():
                contract.cancel_by_customer(options, total)
        except UserError as error:
            values = {"reason_id": reason_id, "comment": comment}
            return self._render_cancellation(contract, str(error), **values)
        return request.redirect(f"{contract.get_portal_url()}&message=cancelled")

    @route(
        "/my/contracts/<int:contract_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_contract_withdraw(self, contract_id, expected_total=None, **kwargs):
        """Withdraw the customer's cancellation, at the total that he has seen."""
        try:
            self._document_check_access("contract.contract", contract_id)
        except (AccessError, MissingError):
            return request.redirect("/my")
        contract = request.env["contract.contract"].browse(contract_id)
        try:
            total = self._parse(float, "expected_total", expected_total)
            with request.env.cr.savepoint():
                contract.withdraw_by_customer(total)
        except UserError:
            return request.redirect(f"{contract.get_portal_url()}&message=changed")
        return request.redirect(f"{contract.get_portal_url()}&message=withdrawn")

    def _get_cancellable(self, contract_id):
        """Return the contract, as the user, if he may cancel it; else an empty one."""
        contracts = request.env["contract.contract"]
        try:
            checked = self._document_check_access("contract.contract", contract_id)
        except (AccessError, MissingError):
            return contracts
        if not checked._can_cancel_in_portal(request.env.user):
            return contracts
        return contracts.browse(contract_id)

    def _parse(self, kind, name, value):
        try:
            return kind(value)
        except (TypeError, ValueError) as error:
            raise UserError(
                request.env._(
                    "%(name)s: %(value)s is not valid. Please choose again.",
                    name=name,
                    value=value or "-",
                )
            ) from error

    def _render_cancellation(self, contract, error=False, **values):
        """Return the page with preview and form.

        :param str error: why a first try was refused
        """
        preview = contract.preview_cancellation()
        return request.render(
            "crm_subscription.portal_contract_cancel",
            {
                "page_name": "Contracts",
                # Access was checked by _get_cancellable.
                "contract": contract.sudo(),
                "preview": preview,
                "owed": self._sum_by_line(contract.sudo(), preview["owed_lines"]),
                "credits": self._sum_by_line(contract.sudo(), preview["lines"]),
                "error": error,
                "given": values,
            },
        )
