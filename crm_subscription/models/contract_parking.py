# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import logging

import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import html2plaintext

from odoo.addons.crm_suite_base.tools.chunks import NOT_PARKED
from odoo.addons.crm_suite_base.tools.obstacle import Obstacle, name_in

_logger = logging.getLogger(__name__)

# What other code says to people.
REFUSED = UserError | RedirectWarning


class ContractContract(models.Model):
    """What can't be billed or renewed is parked: visible, with its next step, and once.

    A parked contract keeps its dates; the next run tries again, and closes the
    incident, the banner and the activity when it succeeds.
    """

    _inherit = "contract.contract"  # pylint: disable=consider-merging-classes-inherited

    parked_reason = fields.Text(
        compute="_compute_parked",
        groups="base.group_user",
        help="Why the contract could not be billed, renewed or delivered.",
    )
    parked_next_step = fields.Text(
        string="What to Do", compute="_compute_parked", groups="base.group_user"
    )

    @api.depends_context("lang")
    def _compute_parked(self):
        incidents = self._get_open_incidents().grouped("res_id")
        none = self.env["crm.suite.incident"]
        for contract in self:
            own = incidents.get(contract.id, none)
            contract.parked_reason = "\n".join(own.mapped("reason_told"))
            contract.parked_next_step = "\n".join(
                incident.next_step_told or "" for incident in own
            )

    def _isolate(self, kind, work):
        """Do ``work(contract)`` behind a savepoint; return (its result, reason or
        False).

        A failure is parked: an incident, the contract's error banner and one activity.
        Errors of concurrency are raised: only a new transaction helps.
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                return work(self), False
        except NOT_PARKED:
            raise
        except Exception as error:
            if not isinstance(error, REFUSED | psycopg2.IntegrityError):
                _logger.exception("%s of contract %s failed", kind, self.id)
            obstacle = self._explain(kind, error, work)
            self._park(kind, obstacle)
            return None, name_in(self, str(obstacle))

    def _isolate_each(self, kind, is_due, work):
        """Do the work of each contract that has some, on its own; park what fails and
        settle what was parked of the others.

        Most contracts have nothing to do in most nights: they are neither locked nor
        isolated.

        :param str kind: of the incident
        :param is_due: function of a contract: whether there is something to do
        :param work: function of a contract, in its company
        """
        due = self.filtered(is_due)
        done = self - due
        for contract in due._lock_for_billing():
            contract = contract.with_company(contract.company_id)
            _result, reason = contract._isolate(kind, work)
            if not reason:
                done |= contract
        done._settle_incident(kind)

    def _explain(self, kind, error, work):
        """Return a failure of ``work`` as an :class:`Obstacle`, which names the
        record."""
        if isinstance(error, Obstacle):
            return error
        if isinstance(error, psycopg2.errors.ExclusionViolation):
            return Obstacle(self.env, "crm_subscription.overlap", contract=self)
        if isinstance(error, REFUSED):
            texts = self.env["crm.suite.incident"]._get_words(
                self, f"crm_subscription.{kind}", error, work
            )
            return Obstacle(self.env, f"crm_subscription.refused_{kind}", text=texts)
        text = f"{type(error).__name__}: {error}"
        return Obstacle(self.env, "crm_subscription.failed", record=self, text=text)

    def _park(self, kind, obstacle):
        self.ensure_one()
        self.env["crm.suite.incident"]._report_obstacle(
            self, f"crm_subscription.{kind}", obstacle
        )
        if kind == "billing":
            self.write(
                {
                    "invoice_generation_error": name_in(self, str(obstacle)),
                    "invoice_generation_error_date": fields.Datetime.now(),
                }
            )
        self._tell_parked()

    def _tell_parked(self):
        """Keep one activity that says what is parked, in its user's language."""
        activity = self._get_parked_activity()
        user = activity.user_id or self.user_id or self.env.user
        told = self.with_context(lang=user.lang)
        note = told._describe_parked()
        if not activity:
            told.activity_schedule(
                "crm_subscription.mail_activity_type_parked",
                note=note,
                user_id=user.id,
            )
        elif html2plaintext(activity.note or "") != html2plaintext(note):
            activity.note = note

    def _get_parked_activity(self):
        kind = self.env.ref("crm_subscription.mail_activity_type_parked")
        return self.activity_ids.filtered(lambda row: row.activity_type_id == kind)[:1]

    def _describe_parked(self):
        """Return what is parked of the contract and the next steps, as HTML."""
        return Markup().join(
            Markup("<p>%s <b>%s</b></p>")
            % (incident.reason_told, incident.next_step_told or "")
            for incident in self._get_open_incidents()
        )

    def _settle_incident(self, kind):
        """Close what was parked: incident, banner, and the activity where nothing else
        of the contract is parked."""
        parked = self
        if kind == "billing":
            parked = self.filtered("invoice_generation_error")
            parked._clear_invoice_generation_error()
        if not parked:
            return
        settled = self.env["crm.suite.incident"]._settle(
            parked, f"crm_subscription.{kind}"
        )
        mended = parked.browse(settled.mapped("res_id"))
        left = mended._get_parked()
        for contract in left:
            contract._tell_parked()
        (mended - left).activity_feedback(
            ["crm_subscription.mail_activity_type_parked"]
        )

    def _get_parked(self):
        """Return the contracts of which something is parked."""
        return self.browse(self._get_open_incidents().mapped("res_id"))

    def _get_open_incidents(self):
        """Return what is parked of the contracts, oldest first."""
        # The page is the machine's; that a contract is on it is shown on the contract.
        incidents = self.env["crm.suite.incident"].sudo()
        return incidents.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("kind", "=like", "crm_subscription.%"),
                ("state", "=", "open"),
            ],
            order="id",
        )
