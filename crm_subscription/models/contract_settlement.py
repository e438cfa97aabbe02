# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace

from odoo import models

from ..engine import changes


class ContractContract(models.Model):
    """What the document of a settlement rounds.

    A company may let the taxes of a document be rounded as a whole. Where prices have
    their taxes inside, the document's untaxed amount then is not the sum of its lines',
    each rounded: core adds the difference to the journal items. Core is asked for it
    before the document is there, so that the preview tells what is made.
    """

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    def _round_as_document(self, corrections, checked):
        """Return ``corrections`` of a change with what the document adds to each.

        :param corrections: list of (line, :class:`engine.changes.Correction`)
        :param checked: the :class:`Change` that they settle, on their own document
        """
        total = self.currency_id.round(sum(item.amount for _line, item in corrections))
        if not total:
            return corrections
        sign = 1 if total > 0 else -1
        prices = [self._get_line_price(*pair, checked) for pair in corrections]
        if not any(taxes._are_inside() for _price, taxes, _product in prices):
            return corrections
        details = self._reckon_document(
            [
                ({"price_unit": sign * price, "quantity": 1.0}, taxes, product)
                for price, taxes, product in prices
            ],
            self.currency_id,
        )
        added = [sign * item["delta_total_excluded_currency"] for item in details]
        return [
            (line, replace(item, rounding=self.currency_id.round(amount)))
            for (line, item), amount in zip(corrections, added, strict=True)
        ]

    def _reckon_document(self, lines, currency):
        """Return what core reckons for the lines of one document, in their order (list
        of its ``tax_details``).

        :param lines: list of (``price_unit``, ``quantity`` and ``discount`` (dict),
            taxes, product)
        """
        # Of the taxes rates and rounding are read, by whoever sees the amounts.
        model = self.env["account.tax"].sudo()
        company = (self.company_id or self.env.company).sudo()
        base_lines = [
            model._prepare_base_line_for_taxes_computation(
                None, currency_id=currency, product_id=product, tax_ids=taxes, **price
            )
            for price, taxes, product in lines
        ]
        model._add_tax_details_in_base_lines(base_lines, company)
        model._round_base_lines_tax_details(base_lines, company)
        return [base_line["tax_details"] for base_line in base_lines]

    def _get_line_price(self, line, item, checked):
        """Return (price, taxes, product) of the document's line of a correction that
        is not written yet: as its row will give them."""
        # The ledger is kept by the machine; who asks was checked before.
        rows = self.env["contract.period"].sudo()
        row = rows.new(self._prepare_correction_row(line, item, line))
        # As in _is_settled.
        product = line.sudo().product_id
        if item.kind == changes.CREDIT or item.is_balance:
            return row._get_price(), row._get_taxes(), product
        new = self._get_new_product(checked)
        taxes = line._get_line_taxes(new)
        price = line._get_price_of(
            item.amount,
            taxes,
            self.currency_id,
            lambda: line._get_changed_whole(row.origin_id, checked),
        )
        return price, taxes, (new or product).sudo()


class ContractLine(models.Model):
    _inherit = "contract.line"  # pylint: disable=consider-merging-classes-inherited

    def _get_changed_whole(self, origin, checked):
        """Return (price with taxes in it, untaxed amount) of a full occurrence after
        the change (floats), as the line that goes on will give them."""
        self.ensure_one()
        price = self._get_changed_price(origin.period_start, checked)
        quantity = checked.value("quantity", self.quantity)
        product = self.contract_id._get_new_product(checked)
        return price, self._get_untaxed(price, product, quantity)


class ContractPeriod(models.Model):
    _inherit = "contract.period"  # pylint: disable=consider-merging-classes-inherited

    def _take_over_rounding(self):
        """Note on corrections what the rounding of their own document, as it was made,
        adds to each."""
        for row in self:
            line = row.move_line_id
            sign = -1 if row.move_id.move_type == "out_refund" else 1
            row.rounding = row.currency_id.round(
                -line.amount_currency - sign * line.price_subtotal
            )
