# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models


class KnownAliases(dict):
    """What is known of one mail while it comes in: ``{address: whether it is an
    alias}``, and what its attributes say.

    Travels in the context, whose values must have a hash that stays.

    :param sender: normalized address that will be asked about, too, or False
    """

    __hash__ = object.__hash__

    def __init__(self, sender=False):
        super().__init__()
        self.sender = sender
        # Ids of all alias domains, by who asks.
        self.domains = {}
        # Whether core has asked where the mail goes: it had no known Message-Id.
        self.routed = False
        # Whether it went to other documents only.
        self.elsewhere = False
        # Why it was sent by a machine; None before anybody asked.
        self.automatic = None

    @classmethod
    def of(cls, env):
        """Return the one of a context, or None. Anybody may give a context over RPC;
        such an object comes from us only."""
        known = env.context.get("service_known_aliases")
        return known if isinstance(known, cls) else None


class MailAliasDomain(models.Model):
    _inherit = "mail.alias.domain"

    @api.model
    @api.readonly
    def search(self, domain, offset=0, limit=None, order=None):
        """Look up all alias domains once for a mail to the desk. See core for the
        arguments.

        Core asks for them four times while it takes a mail in.
        """
        known = KnownAliases.of(self.env)
        if known is None or domain or offset or limit or order:
            return super().search(domain, offset=offset, limit=limit, order=order)
        key = (self.env.uid, self.env.su)
        if key not in known.domains:
            known.domains[key] = super().search(domain).ids
        return self.browse(known.domains[key])

    @api.model
    def _find_aliases(self, email_list):
        """Ask once about the addresses of a mail to the desk. See core for arguments.

        Core asks five times while it takes a mail in, by two queries each.
        """
        known = KnownAliases.of(self.env)
        if known is None:
            return super()._find_aliases(email_list)
        emails = [email for email in email_list if email and "@" in email]
        unknown = {email for email in emails if email not in known}
        if unknown:
            if known.sender and known.sender not in known:
                unknown.add(known.sender)
            found = set(super()._find_aliases(sorted(unknown)))
            known.update({email: email in found for email in unknown})
        return [email for email in emails if known[email]]
