# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is asked of every role, whichever addon brings it."""

from .common import CustomerCommon

PARTS = ["metrics", "charts", "tables", "header", "steps"]
LEDGER = {"revenue", "revenue_ytd", "receivable", "overdue_entries", "days_to_pay"}
LEDGER |= {"days_late", "bridge", "unallocated_credits"}
OPEN = {"open_invoices", "overdue", "next_due", "next_due_amount"}
#: Amounts that nothing else in these tests has, to look for in whole answers.
SECRET, OWN = 7341.5, 100.0
SCOPES = ("contact", "entity", "group")


class RightsMatrixCommon(CustomerCommon):
    """Users of each role, and documents of which some are hidden from some.

    ``roles``
        {role: (groups, sections of the page, figures told, figures not told)}.
    """

    roles = {}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.account_use_credit_limit = True
        cls.customer.credit_limit = 20000.0
        cls.users = {
            role: cls._make_user(f"{role}360", *groups)
            for role, (groups, *_rest) in cls.roles.items()
        }
        cls._invoice(SECRET, 40, invoice_user_id=cls.env.user.id)
        secret = cls._order(user_id=cls.env.user.id)
        secret.order_line.price_unit = SECRET
        lead = {"type": "opportunity", "partner_id": cls.contact.id}
        cls.env["crm.lead"].create(
            {**lead, "name": "Deal", "expected_revenue": SECRET, "user_id": cls.env.uid}
        )

    def _page(self, role, **options):
        options = {"include": PARTS, "timeline_limit": 50, **options}
        return self._ask(user=self.users[role], **options)[0]

    def assertSectionsAndFigures(self, glue=()):
        """Each role has its sections, is told its figures and not those of others.

        :param glue: sections of other addons, which do not count
        """
        for role, (_groups, sections, told, untold) in self.roles.items():
            with self.subTest(role=role):
                answer = self._page(role)
                self.assertEqual(set(answer["sections"]) - set(glue), sections)
                keys = {
                    key
                    for section in answer["sections"].values()
                    for key in section["metrics"]
                }
                self.assertLessEqual(told, keys)
                self.assertFalse(untold & keys)

    def assertNothingRaises(self, *scopes):
        """Every part opens for every role, and each list says what its figure says."""
        for role, user in self.users.items():
            for scope in scopes:
                with self.subTest(role=role, scope=scope):
                    answer = self._page(role, scope=scope)
                    self.assertAllDrillDowns(answer, user)
                    for section in answer["sections"].values():
                        for chart in section["charts"]:
                            self.assertChart(chart, user)

    def assertNowhere(self, roles, *amounts):
        """Not in figures, charts, tables, steps, timeline, notices or parts of them."""
        for role in roles:
            for scope in SCOPES:
                text = str(self._page(role, scope=scope))
                for amount in amounts:
                    self.assertNotIn(str(amount), text, (role, scope))
