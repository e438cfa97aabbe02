# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What has to be mended in a database that used helpdesk_mgmt before."""

from odoo.tools import SQL


def pre_init_hook(env):
    """Give each ticket a number of its own within its company.

    The unique index of this addon could not be made over duplicates (Odoo would only
    log that). The oldest ticket keeps the number; the others get its id appended.
    """
    repair_numbers(env)


def repair_numbers(env):
    """Renumber all but the oldest of the tickets that share company and number.

    :return: the renumbered tickets

    Raw SQL: window functions are not in the ORM, and its write() would notify
    followers and move dates of tickets that nobody touched.
    """
    tickets = env["helpdesk.ticket"]
    tickets.flush_model(["number", "company_id"])
    renumbered = tickets.browse()
    while True:
        rows = env.execute_query(
            SQL(
                """
                WITH twins AS (
                    SELECT id, row_number() OVER (
                        PARTITION BY company_id, number ORDER BY id) AS position
                    FROM helpdesk_ticket
                    WHERE number IS NOT NULL AND number != '/'
                )
                UPDATE helpdesk_ticket ticket
                   SET number = ticket.number || '-' || ticket.id
                  FROM twins
                 WHERE twins.id = ticket.id AND twins.position > 1
             RETURNING ticket.id
                """
            )
        )
        if not rows:
            break
        renumbered |= tickets.browse([row[0] for row in rows])
    renumbered.invalidate_recordset(["number"])
    for ticket in renumbered:
        ticket._message_log(
            body=env._(
                "Another ticket had this number too; it is now %(number)s.",
                number=ticket.number,
            )
        )
    return renumbered


def post_init_hook(env):
    """Tell the clock what OCA's stages mean, close what is open to customers, and note
    what was exchanged before."""
    for xmlid, clock in (
        ("helpdesk_mgmt.helpdesk_ticket_stage_awaiting", "paused"),
        ("helpdesk_mgmt.helpdesk_ticket_stage_cancelled", "cancelled"),
        ("helpdesk_mgmt.helpdesk_ticket_stage_rejected", "cancelled"),
    ):
        stage = env.ref(xmlid, raise_if_not_found=False)
        if stage:
            stage.service_clock = clock
    _backfill_tickets(env)
    env["helpdesk.ticket"]._revoke_internal_attachment_tokens()
    env["rating.rating"]._service_hide_links()
    env["stock.move"]._service_mark_exchanges()


def _backfill_tickets(env):
    """Give existing tickets the start of their clock: when they were created.

    Raw SQL: one statement for any number of tickets, and nothing of theirs changes
    but our own column.
    """
    env.execute_query(
        SQL(
            """
            UPDATE helpdesk_ticket SET service_opened_on = create_date
             WHERE service_opened_on IS NULL
                OR service_opened_on > create_date
         RETURNING id
            """
        )
    )
    env["helpdesk.ticket"].invalidate_model(["service_opened_on"])
