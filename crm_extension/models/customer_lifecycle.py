# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import replace

from odoo import api, models
from odoo.tools.translate import LazyTranslate

from odoo.addons.crm_suite_base.tools.metric import Metric

from ..engine import lifecycle
from ..engine.periods import last_months
from .customer_section_finance import MOVE

_lt = LazyTranslate(__name__)

REVIEW = "crm_extension.action_report_customer_review"
#: Figures that the stage alone asks for, and all that it rests on.
STAGE_YEARS = ("net_invoiced_recent", "net_invoiced_before")
STAGE_SOURCES = ("first_purchase", "last_purchase", *STAGE_YEARS)
STAGE_LABELS = {
    lifecycle.PROSPECT: _lt("Prospect"),
    lifecycle.NEW: _lt("New"),
    lifecycle.ACTIVE: _lt("Active"),
    lifecycle.DECLINING: _lt("Declining"),
    lifecycle.LAPSED: _lt("Lapsed"),
}
STAGE_RULES = {
    lifecycle.PROSPECT: _lt("Prospect: has never bought."),
    lifecycle.NEW: _lt(
        "New: the first purchase was at most %(new_days)s days ago, the last at most"
        " %(lapsed_days)s."
    ),
    lifecycle.ACTIVE: _lt(
        "Active: bought within %(lapsed_days)s days, and neither new nor declining."
    ),
    lifecycle.DECLINING: _lt(
        "Declining: bought in 12 months at least %(decline_percent)s percent less"
        " than in the 12 months before, and is neither new nor lapsed."
    ),
    lifecycle.LAPSED: _lt(
        "Lapsed: the last purchase was more than %(lapsed_days)s days ago."
    ),
}


class CrmCustomerSectionFinance(models.AbstractModel):
    """The life-cycle stage, and the two figures it rests on.

    A stage is told only to who sees all documents of the customer: with a part of
    them a good customer would look like a prospect.
    """

    _inherit = "crm.customer.section.finance"

    @api.model
    def _metrics(self):
        amount = "amount_untaxed_signed:sum"
        return (
            *super()._metrics(),
            Metric(
                "net_invoiced_recent",
                _lt("Net invoiced, last 12 months"),
                "currency",
                _lt(
                    "Net invoiced of the 12 months that end today, whatever the"
                    " period; the life-cycle stage compares it to the year before."
                ),
                MOVE,
                amount,
            ),
            Metric(
                "net_invoiced_before",
                _lt("Net invoiced, 12 months before"),
                "currency",
                _lt("Net invoiced of the 12 months before the last 12 months."),
                MOVE,
                amount,
            ),
        )

    @api.model
    def _document_source(self, scope):
        """Add the two years that the stage compares to the figures of documents."""
        source = super()._document_source(scope)
        recent = last_months(scope.today)
        years = {
            "net_invoiced_recent": self._days("invoice_date", recent),
            "net_invoiced_before": self._days("invoice_date", recent.previous()),
        }
        return replace(source, keys={**source.keys, **years})

    @api.model
    def _lifecycle_stages(self, scope, figures):
        """Return {partner id: stage} of the partners whose stage may be told.

        :param figures: what :meth:`_compute_metrics` returned
        """
        limits = self.env.company._crm_stage_limits_of()
        stages = {}
        for partner_id, found in figures.items():
            purchases = self._lifecycle_purchases(found)
            if purchases:
                stages[partner_id] = lifecycle.stage_of(purchases, scope.today, limits)
        return stages

    @api.model
    def _lifecycle_purchases(self, found):
        """Return the :class:`~..engine.lifecycle.Purchases` of figures, None if cut."""
        cut = (
            name not in found or found[name].get("partial") for name in STAGE_SOURCES
        )
        if any(cut):
            return None
        values = (found[name]["value"] or None for name in STAGE_SOURCES)
        first, last, recent, before = values
        return lifecycle.Purchases(first, last, recent or 0.0, before or 0.0)

    @api.model
    def _list_values(self, scope, figures):
        """Add ``stage``: what lists show of it, absent where it is not told."""
        values = super()._list_values(scope, figures)
        for partner_id, stage in self._lifecycle_stages(scope, figures).items():
            values[partner_id]["stage"] = stage
        return values

    @api.model
    def _shown_metrics(self):
        """Add the stage where all that it rests on is told."""
        keys = super()._shown_metrics()
        return keys | {"stage"} if keys.issuperset(STAGE_SOURCES) else keys

    @api.model
    def _full_metrics(self):
        """Add the stage where all that it rests on is seen in full."""
        keys = super()._full_metrics()
        return keys | {"stage"} if keys.issuperset(STAGE_SOURCES) else keys

    @api.model
    def _lifecycle_answer(self, stage):
        """Return a stage as the API promises it: ``key``, ``label``, ``rule`` and
        ``rules``, the sentences of all stages in the order they are tried (dict)."""
        limits = vars(self.env.company._crm_stage_limits_of())
        rules = {
            key: self._step_text(text) % limits for key, text in STAGE_RULES.items()
        }
        return {
            "key": stage,
            "label": self._step_text(STAGE_LABELS[stage]),
            "rule": rules[stage],
            "rules": list(rules.values()),
        }

    @api.model
    def _header(self, scope, partner, figures):
        """Add ``stage``: the life-cycle stage (dict), False where it is not told."""
        found = {partner.id: figures}
        if not figures:
            found = self._figures(scope, self._document_source(scope))
        stage = self._lifecycle_stages(scope, found).get(partner.id)
        answer = self._lifecycle_answer(stage) if stage else False
        return {**super()._header(scope, partner, figures), "stage": answer}


class CrmCustomerSectionContact(models.AbstractModel):
    """Where the customer belongs."""

    _inherit = "crm.customer.section.contact"

    @api.model
    def _header(self, scope, partner, figures):
        """Add ``hierarchy``: the companies above, from the top, that one may read
        (list of dict); ``review_action``: XML id of the report of the customer's
        page, False where there is none; ``stored_until``: moment up to which stored
        figures know of changes, False before the first."""
        above, parent = [], partner.parent_id
        while parent and parent.has_access("read"):
            above.insert(0, {"id": parent.id, "name": parent.name or ""})
            parent = parent.parent_id
        report = self.env.ref(REVIEW, raise_if_not_found=False)
        return {
            **super()._header(scope, partner, figures),
            "hierarchy": above,
            "review_action": REVIEW if report else False,
            "stored_until": partner.portfolio_computed_at,
        }
