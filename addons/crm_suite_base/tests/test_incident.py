# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user

KIND = "crm_suite_base.test"


class TestIncident(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.env["res.partner"].create({"name": "Hanbit"})
        cls.incidents = cls.env["crm.suite.incident"]
        cls.system = new_test_user(
            cls.env, "incident_admin", groups="base.group_system"
        )

    def test_one_open_row_per_record_and_kind_counts_repeats(self):
        first = self.incidents._report(self.partner, KIND, "No account.", "Set one.")
        again = self.incidents._report(self.partner, KIND, "No journal.", "Set it.")
        self.assertEqual(first, again)
        self.assertRecordValues(
            first,
            [
                {
                    "occurrences": 2,
                    "reason": "No journal.",
                    "next_step": "Set it.",
                    "record_name": "Hanbit",
                    "state": "open",
                    "res_id": self.partner.id,
                }
            ],
        )

    def test_settled_incident_is_kept_and_a_new_one_opens(self):
        first = self.incidents._report(self.partner, KIND, "No account.")
        self.assertEqual(self.incidents._settle(self.partner, KIND), first)
        self.assertEqual(first.state, "settled")
        self.assertTrue(first.settled_on)
        second = self.incidents._report(self.partner, KIND, "No account.")
        self.assertNotEqual(first, second)
        self.assertEqual(second.occurrences, 1)

    def test_other_kinds_stay_open(self):
        self.incidents._report(self.partner, KIND, "x")
        other = self.incidents._report(self.partner, KIND + "2", "x")
        self.incidents._settle(self.partner, KIND)
        self.assertEqual(other.state, "open")

    def test_a_job_of_any_user_reports_but_only_administrators_read(self):
        user = new_test_user(self.env, "incident_user", groups="base.group_user")
        incident = self.incidents.with_user(user)._report(self.partner, KIND, "x")
        self.assertEqual(incident.with_user(self.system).reason, "x")
        with self.assertRaises(AccessError):
            incident.with_user(user).sudo(False).read(["reason"])

    def test_administrators_of_other_companies_do_not_see_it(self):
        company = self.env["res.company"].create({"name": "Other"})
        partner = self.env["res.partner"].create(
            {"name": "P", "company_id": company.id}
        )
        incident = self.incidents._report(partner, KIND, "x")
        found = self.incidents.with_user(self.system).search([("kind", "=", KIND)])
        self.assertNotIn(incident, found)

    def test_nobody_writes_it_by_hand(self):
        incident = self.incidents._report(self.partner, KIND, "x")
        with self.assertRaises(AccessError):
            incident.with_user(self.system).sudo(False).write({"reason": "y"})

    def test_opening_the_record_needs_the_right_to_read_it(self):
        incident = self.incidents._report(self.partner, KIND, "x")
        action = incident.with_user(self.system).sudo(False).action_open_record()
        self.assertEqual(action["res_id"], self.partner.id)
        cron = self.env.ref("base.autovacuum_job")
        incident = self.incidents._report(cron, KIND, "x")
        user = new_test_user(self.env, "incident_none", groups="base.group_user")
        with self.assertRaises(AccessError):
            incident.with_user(user).sudo(False).action_open_record()
