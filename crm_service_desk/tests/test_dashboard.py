# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Figures of the team: right, by the reader's rights, and each opens its list."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, new_test_user, tagged

from .common import MANAGER, DeskCase

NOW = "2026-11-04 10:00:00"  # Wednesday


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestDashboard(DeskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.user_ids = [Command.set((cls.agent | cls.agent_own).ids)]
        with freeze_time("2026-11-02 09:00:00"):
            # Answered after 2 hours, closed after 24, opened again.
            cls.again = cls._ticket(user_id=cls.agent.id)
            # Closed after 4 hours without an answer.
            cls.quick = cls._ticket(user_id=cls.agent.id)
            # Never touched: late.
            cls.late = cls._ticket(user_id=cls.agent_own.id)
            cls.merged = cls._ticket(user_id=cls.agent.id)
        with freeze_time("2026-11-02 11:00:00"):
            cls._answer(cls.again, cls.agent)
        with freeze_time("2026-11-02 13:00:00"):
            cls.quick.stage_id = cls.stages["done"]
        with freeze_time("2026-11-03 09:00:00"):
            cls.again.stage_id = cls.stages["done"]
        with freeze_time("2026-11-03 10:00:00"):
            cls.again.stage_id = cls.stages["in_progress"]
        with freeze_time(NOW):
            cls.fresh = cls._ticket(user_id=False)
            cls.merged.merge_into(cls.late.id)
        cls.old = cls._ticket(team_id=cls.team.id)
        cls.old.unlink()
        cls.env.flush_all()

    def _board(self, user=None, **options):
        options.setdefault("team_ids", self.team.ids)
        options.setdefault("date_from", "2026-11-01")
        user = user or self.agent
        teams = self.env["helpdesk.ticket.team"].with_user(user)
        teams = teams.with_context(tz=user.env.context.get("tz"))
        return teams.get_service_dashboard(options)

    def _values(self, *args, **options):
        return {
            figure["key"]: figure["value"]
            for figure in self._board(*args, **options)["figures"]
        }

    def test_figures(self):
        values = self._values()
        self.assertEqual(values["backlog"], 3)
        self.assertEqual(values["unassigned"], 1)
        self.assertEqual(values["breached"], 2)
        self.assertEqual(values["first_response"], 2.0)
        # Of what is closed now: the quick one.
        self.assertEqual(values["resolution"], 4.0)
        # One of two that were closed or opened again.
        self.assertEqual(values["reopen_rate"], 50.0)
        # Ended: the first response of one in time (2 of 2 h), the resolution of the
        # quick one in time (3 of 8), its first response not (3 of 2).
        self.assertEqual(values["sla"], 66.7)

    def test_every_figure_opens_what_it_counts(self):
        for figure in self._board()["figures"]:
            found = self.env[figure["model"]].with_user(self.agent)
            found = found.search(figure["domain"])
            if figure["unit"] == "count":
                self.assertEqual(len(found), figure["value"], figure["key"])
            elif figure["key"] != "csat":
                self.assertTrue(found, figure["key"])

    def test_nothing_counted_is_no_zero(self):
        values = self._values(date_from="2026-01-01", date_to="2026-01-31")
        for key in ("first_response", "resolution", "sla", "reopen_rate", "csat"):
            self.assertIs(values[key], False, key)
        self.assertEqual(values["backlog"], 3)

    def test_satisfaction_is_of_answers(self):
        self.assertIs(self._values()["csat"], False)
        self.quick.rating_apply(5, token=self.quick._rating_get_access_token())
        self.assertEqual(self._values()["csat"], 100.0)

    def test_load(self):
        rows = {row["name"]: row for row in self._board()["load"]}
        own = rows[self.agent_own.name]
        self.assertEqual((own["open"], own["breached"]), (1, 1))
        self.assertEqual(rows["Nobody"]["open"], 1)
        found = self.env["helpdesk.ticket"].search(own["domain"])
        self.assertEqual(found, self.late)

    def test_due_today_is_the_readers_day(self):
        fresh = self.fresh.service_due
        self.assertEqual(str(fresh), "2026-11-04 13:00:00")
        self.assertEqual(self._values()["due_today"], 1)
        away = self.agent.with_context(tz="Pacific/Kiritimati")  # It is the 5th there.
        self.assertEqual(self._values(away)["due_today"], 1)
        with freeze_time("2026-11-04 09:30:00"):
            # And still the 4th at 23:30, which ends before 13:00 UTC.
            self.assertEqual(self._values(away)["due_today"], 0)

    def test_rights(self):
        self.assertEqual(self._values(self.manager)["backlog"], 3)
        own = self._values(self.agent_own)
        self.assertEqual((own["backlog"], own["breached"]), (2, 1))
        for user in (self.employee, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self._board(user)
            with self.assertRaises(AccessError):
                self.env["service.ticket.report"].with_user(user).search([])
        second = self.env["res.company"].create({"name": "Second"})
        boss = new_test_user(
            self.env,
            "sd-board-boss",
            groups=MANAGER,
            company_id=second.id,
            company_ids=[Command.set(second.ids)],
        )
        self.assertEqual(self._values(boss)["backlog"], 0)
        self.assertFalse(self.env["service.ticket.report"].with_user(boss).search([]))
        with self.assertRaisesRegex(UserError, "colour"):
            self._board(colour="red")

    def test_analysis(self):
        report = self.env["service.ticket.report"].with_user(self.agent)
        mine = [("team_id", "=", self.team.id)]
        [row] = report._read_group(
            mine,
            [],
            [
                "__count",
                "backlog:sum",
                "breached:sum",
                "first_response_hours:avg",
                "resolution_hours:avg",
                "sla_percent:avg",
                "reopen_percent:avg",
                "satisfied_percent:avg",
            ],
        )
        count, backlog, breached, first, resolution, sla, again, satisfied = row
        self.assertEqual((count, backlog, breached), (4, 3, 2))
        self.assertEqual((first, resolution, again), (2.0, 4.0, 50.0))
        # All promises of one ticket were kept, one of two of the other.
        self.assertEqual(sla, 75.0)
        self.assertFalse(satisfied)
        self.assertNotIn(self.merged, report.search(mine).ticket_id)
        own = report.with_user(self.agent_own).search(mine).ticket_id
        self.assertEqual(own, self.late | self.fresh)
