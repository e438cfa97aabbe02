# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import contextlib
import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.crm_suite_base.tools.options import check_ids
from odoo.addons.crm_suite_base.tools.plain import plain

from .groups import USER

HELD = ("stopped", "skipped")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class ContractContract(models.Model):
    """What people do with planned steps: look ahead, stop, skip, run now."""

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    # === PUBLIC === #
    @api.readonly
    def preview_steps(self, date=False):
        """Tell the renewal steps of the term in force, and what a run would do.

        :param date: ``YYYY-MM-DD``; what a run on that day would do with the steps;
            False: today in the company's time zone
        :return: list of dicts, per contract by date: ``contract_id``, ``key``,
            ``action``, ``label``, ``date`` (planned), ``term_end``, ``state``
            (``planned`` | ``done`` | ``late`` | ``dropped`` | ``skipped`` |
            ``stopped``), ``done_on`` (moment in UTC), ``outcome`` (``wait`` | ``run``
            | ``late`` | ``drop``, False for what is no longer planned)
        :raise AccessError: the user may not read the contracts or their steps
        :raise UserError: an id or the date is not valid
        """
        check_ids(self).check_access("read")
        self.env["contract.renewal.step"].check_access("read")
        day = self._check_day("date", date)
        rows = []
        for contract in self:
            rows += contract._describe_steps(day or contract._get_today())
        return plain(rows)

    def run_step(self, key):
        """Do a planned or stopped step now, whatever its date.

        :param str key: as :meth:`preview_steps` tells it
        :return: ``{"contract_id", "key", "state"}``
        :raise AccessError: the user is no subscription user, or may not write
        :raise UserError: the step is no longer planned
        """
        contract, step, end = self._check_step(key, ("stopped",))
        row = contract._get_step(end, key)
        if row and step.action not in ("quotation", "opportunity"):
            row.unlink()
        contract._do_step(step, end)
        return contract._answer_step(key, end)

    def skip_step(self, key):
        """Do without a planned or stopped step in this term; see :meth:`run_step`."""
        contract, step, end = self._check_step(key, ("stopped",))
        contract._log_plan_step(step, end, state="skipped")
        return contract._answer_step(key, end)

    def stop_step(self, key):
        """Hold a planned step back until it is taken up; see :meth:`run_step`."""
        contract, step, end = self._check_step(key)
        contract._log_plan_step(step, end, state="stopped")
        return contract._answer_step(key, end)

    def resume_step(self, key):
        """Plan a stopped or skipped step again; see :meth:`run_step`."""
        contract, _step, end = self._check_step(key, HELD, planned=False)
        contract._get_step(end, key).unlink()
        return contract._answer_step(key, end)

    # === CHECKS === #
    def _check_day(self, name, value):
        """Return a date that a caller gave (date or False), or refuse it by name."""
        if not value:
            return False
        day = None
        if isinstance(value, str) and DATE.fullmatch(value):
            with contextlib.suppress(ValueError):  # told below, as every bad value
                day = fields.Date.to_date(value)
        if day is None:
            raise UserError(
                self.env._(
                    "%(name)s: %(value)s is not a date YYYY-MM-DD.",
                    name=name,
                    value=repr(value),
                )
            )
        return day

    def _check_step(self, key, held=(), planned=True):
        """Return (contract in sudo, Step, end of the term) for a key of a caller.

        :param held: states of a row that may be taken up
        :param bool planned: whether the step may be one that is planned
        """
        if not self.env.user.has_group(USER):
            raise AccessError(
                self.env._("Only subscription users steer renewal steps.")
            )
        check_ids(self).check_access("write")
        if len(self) != 1:
            raise UserError(
                self.env._("ids: a step is of one contract, not of %s.", len(self))
            )
        # What a step does, it does for the machine (see _run_renewal_steps); group and
        # access to the contract are checked just above.
        contract = self.sudo().with_company(self.company_id)
        if not contract._lock_for_billing():
            raise UserError(contract._describe_busy()["reason"])
        end = contract._get_term_end()
        steps = {step.key: step for step in contract._get_engine_steps()}
        open_keys = {item.step.key for item in contract._get_planned_steps()}
        row = isinstance(key, str) and end and contract._get_step(end, key)
        is_open = planned and isinstance(key, str) and key in open_keys
        allowed = is_open or (row and row.state in held)
        if not allowed or key not in steps:
            self._refuse_step(key, row)
        return contract, steps[key], end

    def _refuse_step(self, key, row):
        labels = {}
        if row:
            labels = dict(row._fields["state"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "key: the step %(key)s of %(contract)s is not open: %(state)s.",
                key=repr(key),
                contract=self.display_name,
                state=labels.get(row.state) if row else self.env._("not planned"),
            )
        )

    def _answer_step(self, key, end):
        state = self._get_step(end, key).state or "planned"
        return {"contract_id": self.id, "key": key, "state": state}

    # === PREVIEW === #
    def _describe_steps(self, day):
        """Return the rows of :meth:`preview_steps` for one contract."""
        end = self._get_term_end()
        rows = self.renewal_step_ids.filtered(lambda row: row.term_end == end)
        found = [self._describe_row(row) for row in rows]
        # Planned steps come from the plan, which every user may read.
        for item in self._get_planned_steps():
            found.append(self._describe_planned(item, end, day))
        return sorted(found, key=lambda row: (row["date"] or end, row["key"]))

    def _describe_row(self, row):
        return {
            **self._label_step(row.action),
            "key": row.key,
            "date": row.date_planned,
            "term_end": row.term_end,
            "state": row.state,
            "done_on": row.date_done,
            "outcome": False,
        }

    def _describe_planned(self, item, end, day):
        outcome = "wait"
        if item.day <= day:
            outcome = "late" if item.day < day else "run"
            if item.step.is_missed(end, day):
                outcome = "drop"
        return {
            **self._label_step(item.step.action),
            "key": item.step.key,
            "date": item.day,
            "term_end": end,
            "state": "planned",
            "done_on": False,
            "outcome": outcome,
        }

    def _label_step(self, action):
        selection = self.env["contract.renewal.step"]._fields["action"]
        labels = dict(selection._description_selection(self.env))
        return {
            "contract_id": self.id,
            "action": action,
            "label": labels[action],
        }
