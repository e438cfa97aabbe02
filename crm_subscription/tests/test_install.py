# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo.tests import freeze_time, tagged
from odoo.tools.misc import file_open

from odoo.addons.crm_subscription.hooks import (
    PARAMETER,
    REPLACED,
    post_init_hook,
    uninstall_hook,
)

from .common import TODAY, SubscriptionCommon


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInstall(SubscriptionCommon):
    """A company that has used OCA's contract for years installs ours on top."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._make_oca_contract()
        cls.line = cls.contract.contract_line_ids
        cls._bill_as_before_us()

    @classmethod
    def _bill_as_before_us(cls):
        """Put the line where OCA alone would have left it after two bills, with a
        successor: no ledger, no root, no log."""
        cls.env.flush_all()
        cls.env.cr.execute(
            """
            UPDATE contract_line
               SET last_date_invoiced = '2026-02-27', line_root_id = NULL,
                   recurring_next_date = '2026-02-28', mrr_opened = NULL,
                   mrr_logged = NULL
             WHERE id = %s
            """,
            (cls.line.id,),
        )
        cls.env["contract.mrr.movement"].search(
            [("contract_id", "=", cls.contract.id)]
        ).unlink()
        cls.env.invalidate_all()

    def _values(self):
        names = [
            "date_start",
            "date_end",
            "recurring_next_date",
            "last_date_invoiced",
            "price_unit",
            "quantity",
            "anchor_date",
        ]
        self.env.invalidate_all()
        return self.line.read(names)

    def test_hook_opens_the_ledger_and_moves_no_date(self):
        before = self._values()
        post_init_hook(self.env)
        self.assertEqual(self._values(), before)
        self.assertEqual(self.line.line_root_id, self.line)
        self.assertRecordValues(
            self.line.period_ids,
            [
                {
                    "state": "opening",
                    "period_start": self._day("2026-01-31"),
                    "period_end": self._day("2026-02-27"),
                    "amount": 0.0,
                }
            ],
        )
        self.assertEqual(
            self.contract.mrr_movement_ids.mapped(lambda m: (m.kind, m.amount)),
            [("opening", 10.0)],
        )

    def test_hook_runs_twice_without_doubling(self):
        post_init_hook(self.env)
        post_init_hook(self.env)
        self.assertEqual(len(self.line.period_ids), 1)
        self.assertEqual(len(self.contract.mrr_movement_ids), 1)

    def test_chain_of_successors_has_one_root_and_overlaps_are_cut(self):
        successor = self.line.copy(
            {
                "contract_id": self.contract.id,
                "date_start": "2026-02-15",
                "recurring_next_date": "2026-03-15",
            }
        )
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE contract_line
               SET predecessor_contract_line_id = %s, line_root_id = NULL,
                   last_date_invoiced = '2026-03-14'
             WHERE id = %s
            """,
            (self.line.id, successor.id),
        )
        self.env.invalidate_all()
        post_init_hook(self.env)
        self.assertEqual(successor.line_root_id, self.line)
        self.assertEqual(str(successor.period_ids.period_start), "2026-02-28")

    def test_the_run_goes_on_where_oca_left_off(self):
        post_init_hook(self.env)
        self.contract.run_billing()
        self.assertEqual(self._periods(self.contract), [("2026-02-28", "2026-03-27")])

    def test_uninstall_gives_back_what_was_switched_off(self):
        records = [self.env.ref(xmlid) for xmlid in REPLACED]
        self.assertFalse(any(record.active for record in records))
        self.env["ir.config_parameter"].set_param(PARAMETER, ",".join(REPLACED[:1]))
        uninstall_hook(self.env)
        self.assertEqual([record.active for record in records], [True, False, False])
        self.assertFalse(self.env["ir.config_parameter"].get_param(PARAMETER))

    def test_neutralized_copy_bills_and_mails_nobody(self):
        self.plan.invoice_mode = "sent"
        contract = self._subscribe("2026-02-01")
        template = self.env.ref("crm_subscription.mail_template_renewal_notice")
        mail = self.env["mail.mail"].browse(template.send_mail(contract.id))
        self.assertEqual(mail.state, "outgoing")
        self.env.flush_all()
        with file_open("crm_subscription/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        crons = self.env["ir.model.data"].search(
            [("model", "=", "ir.cron"), ("module", "=", "crm_subscription")]
        )
        self.assertEqual(len(crons), 5)
        self.assertFalse(
            any(self.env["ir.cron"].browse(crons.mapped("res_id")).mapped("active"))
        )
        self.assertEqual(self.plan.invoice_mode, "draft")
        self.assertEqual(mail.state, "cancel")
