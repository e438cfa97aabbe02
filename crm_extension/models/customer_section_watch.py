# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What stored figures must know of a section beside its declarations."""

from dataclasses import dataclass

from odoo import api, models, tools
from odoo.fields import Domain

from .customer_lifecycle import STAGE_YEARS
from .customer_section_contact import MESSAGE, SPOKEN
from .customer_section_finance import DOCUMENT_KEYS, ITEM, MOVE
from .customer_section_logistics import PICKING
from .customer_section_sales import LEAD, ORDER


@dataclass(frozen=True)
class Watch:
    """Records that tell whose stored figures are to be computed again.

    ``model``, ``domain``
        the records that changed since the last visit; of all time if there was none.
    ``partner``
        path of the many2one to the partner concerned.
    ``company``
        path of the company; "" where the records belong to none.
    ``founds``
        True where such a record makes its partner a customer with stored figures;
        else only partners that have some already are concerned.
    """

    model: str
    domain: object
    partner: str = "partner_id"
    company: str = "company_id"
    founds: bool = True


def since_any(since, *paths):
    """Return the Domain of records that changed since a moment (False: all)."""
    if not since:
        return Domain.TRUE
    return Domain.OR(Domain(path, ">=", since) for path in paths)


class CrmCustomerSection(models.AbstractModel):
    _inherit = "crm.customer.section"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _watches(self, since, until):
        """Return (tuple of Watch) whose stored figures changed in a span of time.

        :param since: datetime, UTC; False at the first visit
        :param until: datetime, UTC
        """
        return ()

    @api.model
    def _next_changes(self, scope):
        """Return {partner id: day} (date, after today) on which the calendar alone
        makes a figure of who has none yet; who has figures is visited every day."""
        return {}

    @api.model
    def _list_values(self, scope, figures):
        """Return {partner id: {key: value}}: what lists and stored rows keep.

        :param figures: what :meth:`_compute_metrics` returned
        """
        return {
            partner_id: {key: figure["value"] for key, figure in found.items()}
            for partner_id, found in figures.items()
        }

    @api.model
    def _full_metrics(self):
        """Return the keys (set) whose figure the user sees as a superuser does.

        These and no others may be read from what is stored at full scope.
        """
        cut = self._cut_models()
        return {
            metric.key
            for metric in self._visible_metrics()
            if metric.key in self._shown_metrics()
            and (self.env.su or (metric.model and metric.model not in cut))
        }

    @api.model
    def _cut_models(self):
        """Return the models (set) of the section of whose records the user's rights
        cut some, by rules on the model or on those that its figures ask."""
        if self.env.su:
            return set()
        scope = self.env["res.partner"]._customer_scope({})
        names = {metric.model for metric in self._metrics() if metric.model}
        cut = {name for name in names if self._is_cut(name)}
        return cut | {
            source.model
            for source in self._figure_sources(scope)
            if self._asks_cut(source.model, self._source_paths(source))
        }

    @api.model
    def _shown_metrics(self):
        """Return the keys (set) that the user is told, whole or cut by his rights."""
        return {metric.key for metric in self._visible_metrics()}

    @api.model
    @tools.ormcache("self.env.uid", "self.env.su", "tuple(self.env.companies.ids)")
    def _full_keys(self):
        """Return "section.metric" (frozenset) of all that :meth:`_full_metrics` says.

        Cached: rights and record rules clear the cache when they change.
        """
        return frozenset(
            f"{section._section_key}.{key}"
            for section in self._all_sections()
            for key in section._full_metrics()
        )

    @api.model
    @tools.ormcache("self.env.uid", "self.env.su", "tuple(self.env.companies.ids)")
    def _shown_keys(self):
        """Return "section.metric" (frozenset) of all that the user is told."""
        return frozenset(
            f"{section._section_key}.{key}"
            for section in self._all_sections()
            for key in section._shown_metrics()
        )

    @api.model
    def _declaration(self, key):
        """Return the declaration (Metric or None) of "section.metric", rights aside."""
        section_key, _dot, metric_key = key.partition(".")
        section = self.env.get(f"crm.customer.section.{section_key}")
        if section is None:
            return None
        return next((m for m in section._metrics() if m.key == metric_key), None)


class CrmCustomerSectionFinance(models.AbstractModel):
    _inherit = "crm.customer.section.finance"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _shown_metrics(self):
        keys = super()._shown_metrics()
        documents = {*DOCUMENT_KEYS, *STAGE_YEARS, "stage"}
        if self._is_cut(ITEM):
            return keys & documents
        return keys if self._sees_allocations() else keys - {"days_to_pay", "days_late"}

    @api.model
    def _watches(self, since, until):
        """Items on receivable and income accounts, documents and reconciliations.

        Reconciling, and taking it back, changes the residual of the items, and their
        write date with it; a partial reconciliation that leaves none tells by itself.
        """
        customers = Domain("account_id.account_type", "=", "asset_receivable")
        customers |= Domain("account_id.internal_group", "=", "income")
        moments = ["write_date", "move_id.write_date"]
        moments += ["matched_debit_ids.create_date", "matched_credit_ids.create_date"]
        return (
            Watch(ITEM, customers & since_any(since, *moments)),
            Watch(
                MOVE,
                Domain("move_type", "in", ("out_invoice", "out_refund", "out_receipt"))
                & since_any(since, "write_date"),
                "commercial_partner_id",
            ),
        )


class CrmCustomerSectionSales(models.AbstractModel):
    _inherit = "crm.customer.section.sales"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _watches(self, since, until):
        return (
            Watch(ORDER, since_any(since, "write_date", "order_line.write_date")),
            Watch(
                LEAD,
                Domain("type", "=", "opportunity") & since_any(since, "write_date"),
                company="",
            ),
        )


class CrmCustomerSectionLogistics(models.AbstractModel):
    _inherit = "crm.customer.section.logistics"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _watches(self, since, until):
        """Transfers that changed, and deliveries that became late by the clock."""
        moments = ("write_date", "move_ids.write_date")
        watches = [Watch(PICKING, since_any(since, *moments))]
        if since:
            late = Domain("scheduled_date", ">=", since)
            late &= Domain("scheduled_date", "<=", until)
            late &= Domain("state", "not in", ("draft", "done", "cancel"))
            watches.append(Watch(PICKING, late))
        return tuple(watches)


class CrmCustomerSectionContact(models.AbstractModel):
    _inherit = "crm.customer.section.contact"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _full_metrics(self):
        """Messages hang on documents: seen in full by who reads all documents."""
        if self.env.su:
            return super()._full_metrics()
        scope = self.env["res.partner"]._customer_scope({})
        full = all(
            self._can_read(name) and not self._is_cut(name)
            for section in self._known_sections()
            for name, _path in section._thread_models(scope)
        )
        return {"last_contact_in", "last_contact_out"} if full else set()

    @api.model
    def _known_sections(self):
        """Return all sections (list of models), readable or not."""
        prefix = "crm.customer.section."
        return [self.env[n] for n in self.env.registry if n.startswith(prefix)]

    @api.model
    def _watches(self, since, until):
        """Messages from and to partners, and changes of the partners themselves.

        Who was spoken to has stored figures, whether he has a document or not.
        """
        spoken = Domain("message_type", "in", SPOKEN)
        sent = Domain("mail_message_id.message_type", "in", SPOKEN)
        watches = [
            Watch(MESSAGE, spoken & since_any(since, "create_date"), "author_id", ""),
            Watch(
                "mail.notification",
                sent & since_any(since, "mail_message_id.create_date"),
                "res_partner_id",
                "",
            ),
        ]
        if since:
            changed = since_any(since, "write_date")
            watches.append(Watch("res.partner", changed, "id", "", founds=False))
        return tuple(watches)
