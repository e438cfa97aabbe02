# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from dataclasses import dataclass, field
from datetime import date

from odoo import api, models
from odoo.tools.misc import format_date, formatLang

from odoo.addons.crm_suite_base.tools.metric import Metric

from ..engine.steps import days_since, evidence_key, is_aside, urgency


@dataclass(frozen=True)
class StepSource:
    """Records of one model that make a rule propose a step.

    ``figures``
        a FigureSource whose only key is ``""``: the records that count.
    ``since``
        field of the day or moment from which the days are counted.
    ``amount``
        field of the amount, "" where the records have none.
    """

    figures: object
    since: str
    amount: str = ""


@dataclass(frozen=True)
class StepFacts:
    """What a step rests on: how many records, since when, how much.

    ``identity`` are the values whose change is new evidence.
    """

    since: date
    count: int = 0
    amount: float | bool = False
    model: str = ""
    domain: list = field(default_factory=list)
    partial: bool = False
    identity: tuple = ()


class CrmCustomerSection(models.AbstractModel):
    """How sections propose next steps.

    **How to add a rule**: extend :meth:`_step_rules` with a ``StepRule`` of key
    ``<key>``, add the fields ``crm_step_<key>`` (Boolean) and, where the rule has days,
    ``crm_step_<key>_days`` (Integer) to res.company, and define either
    ``_step_source_<key>(scope, days)``, which returns a :class:`StepSource`, or
    ``_step_facts_<key>(scope, days, figures)``, which returns {partner id: StepFacts};
    and ``_step_evidence_<key>(facts, values)``, which returns the text that says what
    the step rests on.
    """

    _inherit = "crm.customer.section"

    #: Whether a rule of the section rests on the section's own figures.
    _steps_need_figures = False

    @api.model
    def _step_rules(self):
        """Return the rules (tuple of StepRule) of this section."""
        return ()

    @api.model
    def _active_step_rules(self):
        """Return the rules (list) that the company has not switched off."""
        company = self.env.company
        return [rule for rule in self._step_rules() if company[f"crm_step_{rule.key}"]]

    @api.model
    def _step_days(self, rule):
        """Return the days (int) that the company chose for a rule, 0 without any."""
        name = f"crm_step_{rule.key}_days"
        company = self.env.company
        return company[name] if name in company._fields else 0

    @api.model
    def _customer_steps(self, scope, figures):
        """Return {partner id: list of steps} of the asked partners, decided or not.

        The number of queries depends on the rules, not on partners or documents.

        :param figures: {partner id: figures} that :meth:`_compute_metrics` returned
        """
        steps = {partner_id: [] for partner_id in scope.partner_ids}
        for rule in self._active_step_rules():
            if self._finds_nothing(rule, scope, figures):
                continue
            days = self._step_days(rule)
            for partner_id, facts in self._rule_facts(
                rule, scope, days, figures
            ).items():
                step = self._step(rule, scope, days, facts)
                step["action"] = self._step_action(rule, partner_id, facts)
                steps[partner_id].append(step)
        return steps

    @api.model
    def _finds_nothing(self, rule, scope, figures):
        """Return whether the section's figures tell that no asked partner has a record
        of the rule (bool). A figure that record rules cut tells nothing."""
        told = [figures.get(asked, {}).get(rule.figure) for asked in scope.partner_ids]
        return all(
            figure and not figure["value"] and not figure["partial"] for figure in told
        )

    @api.model
    def _next_steps(self, scope, partner, figures):
        """Return the steps (list of dict) that nobody put aside."""
        steps = self._customer_steps(scope, {partner.id: figures})[partner.id]
        return self._open_steps(scope, {partner.id: steps})[partner.id]

    @api.model
    def _open_steps(self, scope, steps):
        """Return {partner id: steps} without those put aside, the most urgent first.

        :param steps: {partner id: list of steps}
        """
        model = self.env["crm.customer.step.decision"]
        asked = any(steps.values())
        decisions = model._decisions(set(scope.heads.values())) if asked else {}
        return {
            partner_id: sorted(
                (
                    step
                    for step in found
                    if not is_aside(
                        decisions.get((scope.heads[partner_id], step["key"]), ()),
                        step["evidence_key"],
                        scope.today,
                    )
                ),
                key=lambda step: urgency(step["severity"], step["days"]),
            )
            for partner_id, found in steps.items()
        }

    # === FACTS === #

    @api.model
    def _rule_facts(self, rule, scope, days, figures):
        """Return {partner id: StepFacts} of the partners for whom the rule holds."""
        own = getattr(self, f"_step_facts_{rule.key}", None)
        if own:
            return own(scope, days, figures)
        source = getattr(self, f"_step_source_{rule.key}")(scope, days)
        if not self._can_read(source.figures.model):
            return {}
        found = self.with_context(crm_step_source=(rule.key, source))._figures(
            scope, self._step_figures(rule, source)
        )
        return {
            partner_id: self._source_facts(rule, scope, source, values)
            for partner_id, values in found.items()
            if values[f"step_{rule.key}.count"]["value"]
        }

    @api.model
    def _step_figures(self, rule, source):
        """Return the source with one key per fact, for a single query."""
        [domain] = source.figures.keys.values()
        keys = {metric.key: domain for metric in self._step_metrics(rule.key, source)}
        return type(source.figures)(**{**vars(source.figures), "keys": keys})

    @api.model
    def _step_metrics(self, key, source):
        """Return the declarations (list of Metric) of a rule's facts."""
        model = source.figures.model
        specs = [
            ("count", "count", "id:count"),
            ("since", "date", f"{source.since}:min"),
            ("last", "count", "id:max"),
        ]
        if source.amount:
            specs.append(("amount", "currency", f"{source.amount}:sum"))
        return [
            Metric(f"step_{key}.{name}", name, unit, "", model, aggregate)
            for name, unit, aggregate in specs
        ]

    @api.model
    def _visible_metrics(self):
        """Add the facts of the rule that is being read to the declared figures."""
        metrics = super()._visible_metrics()
        reading = self.env.context.get("crm_step_source")
        return metrics + self._step_metrics(*reading) if reading else metrics

    @api.model
    def _source_facts(self, rule, scope, source, values):
        """Return the :class:`StepFacts` of figures that were read for a rule."""
        facts = {
            name.partition(".")[2]: figure["value"] for name, figure in values.items()
        }
        since = facts["since"]
        counted = values[f"step_{rule.key}.count"]
        return StepFacts(
            since=scope.day_of(since) if hasattr(since, "date") else since,
            count=facts["count"],
            amount=facts.get("amount", False),
            model=source.figures.model,
            domain=counted["domain"],
            partial=counted["partial"],
            identity=(facts["count"], facts["last"], str(since)),
        )

    # === STEPS === #

    @api.model
    def _step(self, rule, scope, days, facts):
        """Return a step as the API promises it, without its action (dict)."""
        passed = days_since(facts.since, scope.today)
        values = {
            "count": facts.count,
            "amount": self._step_amount(scope, facts.amount),
            "days": passed,
            "since": format_date(self.env, facts.since),
        }
        return {
            "key": rule.key,
            "label": self._step_text(rule.label),
            "condition": self._step_text(rule.condition) % {"days": days},
            "evidence": getattr(self, f"_step_evidence_{rule.key}")(facts, values),
            "evidence_key": evidence_key(rule.key, *facts.identity),
            "severity": rule.severity,
            "count": facts.count,
            "amount": facts.amount,
            "since": facts.since,
            "days": passed,
            "partial": facts.partial,
            "decidable": self._may_decide(facts.model),
            "model": facts.model,
            "domain": facts.domain,
        }

    @api.model
    def _may_decide(self, model):
        """Return whether the user may put steps on such records aside (bool)."""
        names = ("res.partner", model) if model else ("res.partner",)
        return any(self.env[name].has_access("write") for name in names)

    @api.model
    def _step_text(self, text):
        """Return declared text in the user's language (str)."""
        return text if isinstance(text, str) else self.env._(text)

    @api.model
    def _step_amount(self, scope, amount):
        """Return an amount as people read it, in the currency of the answer (str)."""
        if amount is False:
            return ""
        currency = self.env["res.currency"].browse(scope.currency_id)
        return formatLang(self.env, amount, currency_obj=currency)

    @api.model
    def _step_action(self, rule, partner_id, facts):
        """Return what the step's button does (dict of plain values).

        ``kind`` mail | quotation | activity | list, ``label``, and for mails the
        ``subject`` in the customer's language.
        """
        kind = rule.action
        if kind == "quotation" and not self.env["sale.order"].has_access("create"):
            kind = "mail"
        action = {"kind": kind, "label": self._step_text(rule.button), "subject": ""}
        if kind == "mail":
            partner = self.env["res.partner"].browse(partner_id)
            reader = self.with_context(lang=partner.lang or self.env.lang)
            action["subject"] = reader._step_text(rule.subject)
        return action
