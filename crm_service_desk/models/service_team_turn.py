# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models
from odoo.tools import SQL


class ServiceTeamTurn(models.Model):
    """When a member of a team last got a ticket by its policy."""

    _name = "service.team.turn"
    _description = "Turn of a Team Member"
    _order = "team_id, turn"
    _rec_name = "user_id"

    team_id = fields.Many2one(
        "helpdesk.ticket.team", required=True, readonly=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade", index=True
    )
    turn = fields.Integer(required=True, readonly=True, default=0)

    _member_uniq = models.UniqueIndex(
        "(team_id, user_id)", "A member has one turn in a team."
    )

    @api.model
    def _of(self, team):
        """Return ``{user id: number of his last turn}`` of a team."""
        rows = self.search_fetch([("team_id", "=", team.id)], ["user_id", "turn"])
        return {row.user_id.id: row.turn for row in rows}

    @api.model
    def _take(self, team, user_id, turn):
        """Note the turn of a member.

        Two transactions that give the same member a ticket at once meet here: the
        second fails with a serialization error, is run again and sees the first. Raw
        SQL because the ORM has no ON CONFLICT, and a unique violation is not retried.
        """
        self.env.execute_query(
            SQL(
                """
                INSERT INTO service_team_turn
                    (team_id, user_id, turn,
                     create_uid, create_date, write_uid, write_date)
                VALUES (%(team)s, %(user)s, %(turn)s,
                        %(uid)s, now() AT TIME ZONE 'UTC',
                        %(uid)s, now() AT TIME ZONE 'UTC')
                ON CONFLICT (team_id, user_id) DO UPDATE
                    SET turn = EXCLUDED.turn,
                        write_uid = EXCLUDED.write_uid,
                        write_date = EXCLUDED.write_date
                RETURNING id
                """,
                team=team.id,
                user=user_id,
                turn=turn,
                uid=self.env.uid,
            )
        )
        self.invalidate_model(["turn"])
