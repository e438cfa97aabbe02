# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The mails of the past were sent in the past."""


def settle_mails(story):
    """Leave what sending would have left: nothing of the past goes out today.

    Sent notification mails are deleted by Odoo, others stay as sent; the recipients'
    notifications turn from ready to sent.
    """
    mails = story.env["mail.mail"].search([("state", "=", "outgoing")])
    story.count("mails of the past", len(mails))
    notifications = story.env["mail.notification"].search(
        [("mail_mail_id", "in", mails.ids), ("notification_status", "=", "ready")]
    )
    notifications.notification_status = "sent"
    deleted = mails.filtered("auto_delete")
    deleted.unlink()
    (mails - deleted).state = "sent"
