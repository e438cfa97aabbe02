# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import tagged

from .test_stored import StoredCommon


@tagged("post_install", "-at_install")
class TestMerge(StoredCommon):
    """Customers of whom something is stored become one."""

    def _merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((source + target).ids, target, extra_checks=False)

    def _dismiss(self, partner, rule="late_delivery"):
        return self.env["crm.customer.step.decision"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "user_id": self.env.uid,
                "rule": rule,
                "evidence": "x",
                "decision": "dismiss",
            }
        )

    def test_figures_are_those_of_both(self):
        self._invoice(1000.0, 10)
        self._invoice(500.0, 10, self.other)
        self._pass()
        self.assertEqual(self._row().net_invoiced, 1000.0)
        self.assertEqual(self._row(self.other).net_invoiced, 500.0)
        gone = self.other.id
        self._all_quiet()
        self._merge(self.other, self.customer)
        self.assertFalse(self.other.exists())
        self._pass()
        self.assertEqual(self._row().net_invoiced, 1500.0)
        for model in (self.rows, self.course):
            self.assertFalse(model.search_count([("partner_id", "=", gone)]))

    def test_the_newest_decision_on_a_step_holds(self):
        first = self._dismiss(self.customer)
        last = self._dismiss(self.other)
        alone = self._dismiss(self.other, "no_contact")
        self._merge(self.other, self.customer)
        kept = first + last + alone
        self.assertEqual(kept.partner_id, self.customer)
        self.assertEqual(kept.filtered("active"), last + alone)
