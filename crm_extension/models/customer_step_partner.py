# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.crm_suite_base.tools.options import (
    Option,
    check_ids,
    check_options,
    show,
)
from odoo.addons.crm_suite_base.tools.plain import plain

from ..engine.scope import KINDS
from ..engine.steps import DECISIONS, DISMISS, REOPEN, SNOOZE

STEP_OPTIONS = {
    "scope": Option("str", choices=KINDS),
    "company_ids": Option("ids", minimum=1),
}
DECISION = {
    "decision": Option("str", choices=DECISIONS, required=True),
    "reason": Option("str", maximum=200),
    "until": Option("date"),
    **STEP_OPTIONS,
}


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.readonly
    def get_next_steps(self, options=None):
        """Return what to do next for these customers, the most urgent first.

        Steps come from rules that each company can switch and tune (settings,
        Customer 360). Everything is read with the caller's own rights.

        :param dict options: ``scope`` contact | entity (default) | group,
            ``company_ids`` (default: the caller's allowed ones)
        :return: list with one dict per partner, in the order asked: ``partner_id``,
            ``currency``, ``aside`` (number of steps put aside) and ``steps``, each
            with ``key``, ``label``, ``condition``, ``evidence`` (text for people in
            their language), ``evidence_key``, ``severity`` (danger, warning, info),
            ``count``, ``amount`` (in ``currency``; False where there is none),
            ``since`` (date), ``days`` (int), ``partial`` (bool), ``decidable`` (bool:
            the caller may put it aside), ``model`` and ``domain`` of the records,
            ``action`` {``kind``, ``label``, ``subject``}
        :raise AccessError: portal and public users; companies that are not allowed
        :raise UserError: ids that do not exist, options that are not known or valid
        """
        self._check_customer_360_access()
        check_ids(self)
        options = check_options(self.env, options, STEP_OPTIONS)
        self = self._with_customer_companies(options.get("company_ids"))
        self.check_access("read")
        scope = self._customer_scope(options)
        steps = self._customer_open_steps(scope)
        currency = self.env.company.currency_id.name
        return [
            plain({"partner_id": partner.id, "currency": currency, **steps[partner.id]})
            for partner in self
        ]

    def decide_next_step(self, key, decision):
        """Put a step of one customer aside, or bring it back.

        A decision holds for the evidence that the step has now: new evidence brings
        the step back. Asked again it says what is already so and changes nothing.

        :param str key: key of the step, as :meth:`get_next_steps` gives it
        :param dict decision: ``decision`` dismiss | snooze | reopen; ``reason`` (text
            up to 200 characters, needed to dismiss); ``until`` (date after today,
            needed to snooze); ``scope`` and ``company_ids`` as the step was asked for
        :return: dict with ``partner_id``, ``key``, ``decision``, ``until`` (date or
            False), ``decision_id`` (int or False) and ``already`` (bool)
        :raise AccessError: who may change neither the contact nor the documents that
            the step rests on
        :raise UserError: not one id, unknown key, a step that is not proposed
        """
        self._check_customer_360_access()
        check_ids(self)
        self._check_one_customer()
        decision = check_options(self.env, decision, DECISION, "decision")
        self._check_step_decision(key, decision)
        self = self._with_customer_companies(decision.get("company_ids"))
        self.check_access("read")
        scope = self._customer_scope(decision)
        if decision["decision"] == REOPEN:
            return self._reopen_step(scope, key)
        return self._put_step_aside(scope, key, decision)

    # === CHECKS === #

    def _check_one_customer(self):
        """Refuse to decide for several customers at once."""
        if len(self) != 1:
            raise UserError(
                self.env._(
                    "ids: a decision is for one customer, not for %(ids)s.",
                    ids=", ".join(map(str, self.ids)),
                )
            )

    @api.model
    def _check_step_decision(self, key, decision):
        """Refuse unknown rules and decisions that lack what they need."""
        known = self._known_steps()
        if not isinstance(key, str) or key not in known:
            raise UserError(
                self.env._(
                    "key: %(value)s is not a step. Known are: %(known)s.",
                    value=show(key),
                    known=", ".join(sorted(known)),
                )
            )
        if decision["decision"] == DISMISS and not decision.get("reason", "").strip():
            raise UserError(self.env._("decision['reason'] is needed to dismiss."))
        if decision["decision"] == SNOOZE:
            today = self._customer_scope({}).today
            if not decision.get("until") or decision["until"] <= today:
                raise UserError(
                    self.env._(
                        "decision['until'] must be a day after %(today)s to snooze,"
                        " not %(value)s.",
                        today=today,
                        value=decision.get("until"),
                    )
                )

    @api.model
    def _known_steps(self):
        """Return the keys of all rules, switched off or not."""
        prefix = "crm.customer.section."
        return {
            rule.key
            for name in self.env.registry
            if name.startswith(prefix)
            for rule in self.env[name]._step_rules()
        }

    # === STEPS === #

    @api.model
    def _customer_open_steps(self, scope, figures=None):
        """Return {partner id: {``steps``, ``aside``}}: open ones, and how many rest.

        :param figures: {section key: what ``_compute_metrics`` returned}, to spare
            queries; what is missing is computed where a rule needs it
        """
        everything = self._customer_all_steps(scope, figures or {})
        opened = self.env["crm.customer.section"]._open_steps(scope, everything)
        return {
            partner_id: {
                "steps": opened[partner_id],
                "aside": len(steps) - len(opened[partner_id]),
            }
            for partner_id, steps in everything.items()
        }

    @api.model
    def _customer_all_steps(self, scope, figures):
        """Return {partner id: list of steps}, those put aside among them."""
        steps = {partner_id: [] for partner_id in scope.partner_ids}
        for section in self.env["crm.customer.section"]._all_sections():
            if not section._active_step_rules():
                continue
            key = section._section_key
            if section._steps_need_figures and key not in figures:
                figures[key] = section._compute_metrics(scope)
            found = section._customer_steps(scope, figures.get(key, {}))
            for partner_id, added in found.items():
                steps[partner_id] += added
        return steps

    # === DECISIONS === #

    def _put_step_aside(self, scope, key, decision):
        """Record a decision on the step as it is now; return the answer (dict)."""
        [steps] = self._customer_all_steps(scope, {}).values()
        step = next((step for step in steps if step["key"] == key), None)
        if not step:
            raise UserError(
                self.env._(
                    "key: %(value)s is not proposed for %(partner)s.",
                    value=show(key),
                    partner=self.display_name,
                )
            )
        if not step["decidable"]:
            self.env["crm.customer.step.decision"]._refuse_decision(self)
        values = {
            "decision": decision["decision"],
            "until": decision["decision"] == SNOOZE and decision["until"],
        }
        identity = {
            "partner_id": scope.heads[self.id],
            "company_id": self.env.company.id,
            "rule": key,
            "evidence": step["evidence_key"],
        }
        found = self._find_decision(**identity)
        already = bool(found) and all(found[name] == values[name] for name in values)
        if not already:
            values["reason"] = decision.get("reason", "").strip()
            values["user_id"] = self.env.uid
            # Users have no rights of their own on decisions: that he may decide
            # is checked above, and that the step exists for him just now.
            model = self.env["crm.customer.step.decision"].sudo()
            if found:
                found.sudo().write(values)
            else:
                found = model.create({**identity, **values})
        return self._decision_answer(key, found, already)

    def _reopen_step(self, scope, key):
        """Bring a step back; return the answer (dict)."""
        found = self._find_decision(
            partner_id=scope.heads[self.id], company_id=self.env.company.id, rule=key
        )
        if found:
            found.action_reopen()
        answer = self._decision_answer(key, found[:0], not found)
        return {**answer, "decision": REOPEN}

    @api.model
    def _find_decision(self, **values):
        """Return the decisions in force with these values."""
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["crm.customer.step.decision"].search(domain)

    def _decision_answer(self, key, decision, already):
        """Return a decision as the API promises it."""
        return plain(
            {
                "partner_id": self.id,
                "key": key,
                "decision": decision.decision,
                "until": decision.until,
                "decision_id": decision.id,
                "already": already,
            }
        )
