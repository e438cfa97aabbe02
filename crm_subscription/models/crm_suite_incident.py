# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class CrmSuiteIncident(models.Model):
    """What parks a contract, in words: the reason, and the next step for it."""

    _inherit = "crm.suite.incident"

    @api.model
    def _get_messages(self):
        return {
            **super()._get_messages(),
            **self._get_messages_of_contracts(),
            **self._get_messages_of_accounting(),
            **self._get_messages_of_failures(),
        }

    def _get_messages_of_contracts(self):
        """Return {code: (reason, next step)} of what is mended on the contract."""
        return {
            "crm_subscription.contact": (
                self.env._(
                    "%(contract)s: the invoicing contact %(partner)s is archived or"
                    " missing."
                ),
                self.env._("Choose another one on the contract, or take it back."),
            ),
            "crm_subscription.product": (
                self.env._(
                    "%(line)s of %(contract)s: the product %(product)s is archived."
                ),
                self.env._("Take it back or cancel the line."),
            ),
            "crm_subscription.negative": (
                self.env._(
                    "%(contract)s: the bill of %(day)s would be negative (%(total)s)."
                ),
                self.env._("Check quantities, prices and discounts of its lines."),
            ),
            "crm_subscription.billed": (
                self.env._(
                    "%(line)s of %(contract)s: days of %(start)s - %(end)s are billed"
                    " already (%(period)s)."
                ),
                self.env._("Look at the contract's periods."),
            ),
            "crm_subscription.overlap": (
                self.env._(
                    "%(contract)s: days of the next period are billed or delivered"
                    " already."
                ),
                self.env._("Look at its periods and deliveries."),
            ),
            "crm_subscription.index": (
                self.env._(
                    "%(contract)s: the index %(index)s has no value for %(start)s or"
                    " today."
                ),
                self.env._("Enter a value of the index."),
            ),
        }

    def _get_messages_of_accounting(self):
        """Return {code: (reason, next step)} of what is mended in accounting."""
        return {
            "crm_subscription.currency": (
                self.env._(
                    "%(contract)s: the currency %(currency)s is inactive or has no"
                    " rate in %(company)s."
                ),
                self.env._("Enter a rate of the currency."),
            ),
            "crm_subscription.receivable": (
                self.env._(
                    "%(contract)s: %(partner)s has no receivable account in"
                    " %(company)s."
                ),
                self.env._("Enter one at the contact."),
            ),
            "crm_subscription.journal": (
                self.env._(
                    "%(contract)s: the journal %(journal)s is archived, or"
                    " %(company)s has no sales journal."
                ),
                self.env._("Choose another journal on the contract."),
            ),
            "crm_subscription.locked": (
                self.env._(
                    "%(contract)s: the bill of %(day)s lies in a period that"
                    " %(company)s has locked until %(lock)s."
                ),
                self.env._(
                    "Open the period, or let the plan date what was missed today."
                ),
            ),
            "crm_subscription.income_account": (
                self.env._(
                    "%(line)s of %(contract)s: neither the product %(product)s nor its"
                    " category nor the journal has an income account."
                ),
                self.env._("Enter one at the product or its category."),
            ),
        }

    def _get_messages_of_failures(self):
        """Return {code: (reason, next step)} of what others' code refused, in its own
        words, and of what nobody foresaw."""
        refused = "%(text)s"
        return {
            "crm_subscription.refused_billing": (
                refused,
                self.env._(
                    "Mend it and press “Bill What Is Due” on the contract: what is"
                    " still wrong is said in your language there."
                ),
            ),
            "crm_subscription.refused_renewal": (
                refused,
                self.env._(
                    "Mend it and run the step of the renewal on the contract: what is"
                    " still wrong is said in your language there."
                ),
            ),
            "crm_subscription.refused_line_end": (
                refused,
                self.env._("Look at the lines of the contract that end."),
            ),
            "crm_subscription.refused_delivery": (
                refused,
                self.env._(
                    "Mend it and press “Order Due Goods” on the contract: what is still"
                    " wrong is said in your language there."
                ),
            ),
            "crm_subscription.refused_order": (
                refused,
                self.env._(
                    "Correct the order and start its subscriptions there: what is"
                    " still wrong is said in your language there."
                ),
            ),
            "crm_subscription.failed": (
                self.env._("%(record)s: an unexpected failure (%(text)s)."),
                self.env._(
                    "Tell your administrator: the log of the server says more. The"
                    " next run tries again."
                ),
            ),
        }
