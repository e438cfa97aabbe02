# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from odoo import api, fields, models

from .customer_figure_current import STAGES
from .groups import LEDGER, MONEY, SALES, SELLER

SNAPSHOT = "crm.customer.snapshot"
TOLD = f"{MONEY},{SELLER}"
SHIPPED = f"{SELLER},stock.group_stock_user"
QUOTED = f"{SALES},{SELLER}"


def _searched(method, *arguments):
    """Return the search function of a field: a method with its first arguments."""
    return lambda self, operator, value: getattr(self, method)(
        *arguments, operator, value
    )


def figure_column(kind, key, groups, **parameters):
    """Return the field of a column that shows a metric; addons may add theirs.

    The model ``crm.customer.snapshot`` must have a field with the same ``crm_metric``
    and the name without ``portfolio_``, and the partner a method
    ``_compute_portfolio_<section>``.

    :param kind: class of the field
    :param str key: "section.metric"
    :param str groups: XML ids of who is told the metric
    """
    if kind is fields.Monetary:
        parameters["currency_field"] = "portfolio_currency_id"
    return kind(
        crm_metric=key,
        compute=f"_compute_portfolio_{key.partition('.')[0]}",
        search=_searched("_search_portfolio", key),
        groups=groups,
        **parameters,
    )


class ResPartner(models.Model):
    """Figures of customers as columns of lists.

    Of the current company and the customer's commercial entity. Who sees a figure
    uncut reads what is stored, and can order, group and add it up; everyone else gets
    it computed for the records on the page, with his own rights.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    portfolio_currency_id = fields.Many2one(
        "res.currency", compute="_compute_portfolio_currency_id"
    )
    portfolio_computed_at = fields.Datetime(
        string="Figures Of",
        compute="_compute_portfolio_computed_at",
        groups="base.group_user",
        help="Moment up to which changes are in the stored figures.",
    )
    portfolio_stage = figure_column(
        fields.Selection,
        "finance.stage",
        TOLD,
        selection=STAGES,
        string="Life-Cycle Stage",
        help="By the purchases and the company's limits; told to who sees all documents"
        " of the customer.",
    )
    portfolio_revenue = figure_column(fields.Monetary, "finance.revenue", LEDGER)
    portfolio_revenue_previous = figure_column(
        fields.Monetary, "finance.revenue_previous", LEDGER
    )
    portfolio_receivable = figure_column(fields.Monetary, "finance.receivable", LEDGER)
    portfolio_open_invoices = figure_column(
        fields.Monetary, "finance.open_invoices", TOLD
    )
    portfolio_overdue = figure_column(fields.Monetary, "finance.overdue", TOLD)
    portfolio_days_to_pay = figure_column(
        fields.Float, "finance.days_to_pay", LEDGER, aggregator="avg"
    )
    portfolio_margin = figure_column(fields.Monetary, "finance.margin", TOLD)
    portfolio_open_quotations = figure_column(
        fields.Monetary, "sales.open_quotations", TOLD
    )
    portfolio_pipeline = figure_column(fields.Monetary, "sales.pipeline", QUOTED)
    portfolio_orders_to_deliver = figure_column(
        fields.Integer, "sales.orders_to_deliver", TOLD
    )
    portfolio_orders_to_invoice = figure_column(
        fields.Integer, "sales.orders_to_invoice", TOLD
    )
    portfolio_last_order = figure_column(fields.Date, "sales.last_order", TOLD)
    portfolio_deliveries_due = figure_column(
        fields.Integer, "logistics.deliveries_due", SHIPPED
    )
    portfolio_deliveries_late = figure_column(
        fields.Integer, "logistics.deliveries_late", SHIPPED
    )
    portfolio_last_contact_in = figure_column(
        fields.Date, "contact.last_contact_in", "base.group_user"
    )
    portfolio_last_contact_out = figure_column(
        fields.Date, "contact.last_contact_out", "base.group_user"
    )
    portfolio_is_overdue = fields.Boolean(
        string="Overdue",
        crm_metric="finance.overdue",
        compute="_compute_portfolio_is_overdue",
        search=_searched("_search_portfolio_flag", "portfolio_is_overdue"),
        groups=TOLD,
        help="Something is overdue, as far as your rights show it.",
    )
    portfolio_is_late = fields.Boolean(
        string="Late Deliveries",
        crm_metric="logistics.deliveries_late",
        compute="_compute_portfolio_is_late",
        search=_searched("_search_portfolio_flag", "portfolio_is_late"),
        groups=SHIPPED,
        help="A delivery is late, as far as your rights show it.",
    )
    portfolio_is_silent = fields.Boolean(
        string="No Contact for 60 Days",
        crm_metric="contact.last_contact_out",
        compute="_compute_portfolio_is_silent",
        search=_searched("_search_portfolio_flag", "portfolio_is_silent"),
        groups="base.group_user",
        help="No mail or message in either direction for 60 days, as far as your"
        " rights show them.",
    )

    # === DECLARATION === #

    @api.model
    def _valid_field_parameter(self, field, name):
        return name == "crm_metric" or super()._valid_field_parameter(field, name)

    @api.model
    def _portfolio_key(self, name):
        """Return "section.metric" of a column ("" for other fields)."""
        if not name.startswith("portfolio_"):
            return ""
        return getattr(self._fields.get(name), "crm_metric", None) or ""

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Name and explain the columns as the figures' declarations do."""
        # Asking whether a column can be grouped must not compute anything.
        self = self.with_context(crm_describe=True)
        found = super().fields_get(allfields, attributes)
        return self._describe_figures(self, found)

    @api.model
    def _describe_figures(self, model, found):
        """Return a fields_get answer with the texts of the figures' declarations."""
        sections = self.env["crm.customer.section"]
        for name, description in found.items():
            field = model._fields[name]
            key = getattr(field, "crm_metric", None)
            metric = key and field.type != "boolean" and sections._declaration(key)
            if not metric:
                continue
            texts = {"string": metric.label, "help": metric.basis}
            for attribute in texts.keys() & description.keys():
                description[attribute] = self._customer_text(texts[attribute])
            if "help" not in description and "string" in description:
                description["help"] = self._customer_text(metric.basis)
        return found

    # === ACTIONS === #

    def action_portfolio_activity(self):
        """Return the action that plans an activity for each of these customers.

        :raise AccessError: a customer that the user may not write
        """
        return self._portfolio_dialog(
            "mail.activity.schedule", self.env._("Plan Activities")
        )

    def action_portfolio_tag(self):
        """Return the action that tags these customers, or takes tags from them.

        :raise AccessError: a customer that the user may not write
        """
        return self._portfolio_dialog(
            "crm.customer.portfolio.tag", self.env._("Tag Customers")
        )

    def _portfolio_dialog(self, model, name):
        """Return the action (dict) of a dialog about these customers."""
        self._check_customer_360_access()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "form")],
            "target": "new",
            "context": {"active_model": "res.partner", "active_ids": self.ids},
        }

    # === VALUES === #

    @api.depends_context("company")
    def _compute_portfolio_currency_id(self):
        self.portfolio_currency_id = self.env.company.currency_id

    @api.depends_context("company", "uid")
    @api.depends("commercial_partner_id")
    def _compute_portfolio_computed_at(self):
        groups = self._portfolio_snapshots()._read_group(
            self._portfolio_domain(), ["partner_id"], ["computed_at:max"]
        )
        moments = {partner.id: moment for partner, moment in groups}
        for partner in self:
            moment = moments.get(partner.commercial_partner_id.id, False)
            partner.portfolio_computed_at = moment

    @api.depends_context("company", "uid")
    @api.depends("commercial_partner_id")
    def _compute_portfolio_finance(self):
        self._compute_portfolio("finance")

    @api.depends_context("company", "uid")
    @api.depends("commercial_partner_id")
    def _compute_portfolio_sales(self):
        self._compute_portfolio("sales")

    @api.depends_context("company", "uid")
    @api.depends("commercial_partner_id")
    def _compute_portfolio_logistics(self):
        self._compute_portfolio("logistics")

    @api.depends_context("company", "uid")
    @api.depends("commercial_partner_id")
    def _compute_portfolio_contact(self):
        self._compute_portfolio("contact")

    @api.depends_context("company", "uid")
    @api.depends("commercial_partner_id")
    def _compute_portfolio_is_overdue(self):
        self._compute_portfolio_flag("portfolio_is_overdue")

    @api.depends_context("company", "uid")
    @api.depends("commercial_partner_id")
    def _compute_portfolio_is_late(self):
        self._compute_portfolio_flag("portfolio_is_late")

    @api.depends_context("company", "uid")
    @api.depends("commercial_partner_id")
    def _compute_portfolio_is_silent(self):
        self._compute_portfolio_flag("portfolio_is_silent")

    def _compute_portfolio(self, section):
        """Fill the columns of one section: stored where seen in full, else live."""
        columns = {
            name: field.crm_metric
            for name, field in self._fields.items()
            if self._portfolio_key(name).partition(".")[0] == section
            and field.type != "boolean"
        }
        values = self._portfolio_values(section, set(columns.values()))
        for partner in self:
            found = values.get(partner.commercial_partner_id.id, {})
            for name, key in columns.items():
                partner[name] = found.get(key, False)

    def _portfolio_values(self, section, keys):
        """Return {commercial partner id: {"section.metric": value}}.

        Figures are live where record rules cut them or nothing is stored yet.
        """
        entities = self.commercial_partner_id
        if not entities.ids:
            return {}
        full = keys & self.env["crm.customer.section"]._full_keys()
        rows = self._portfolio_rows() if full else {}
        live = (
            entities if keys - full else entities.filtered(lambda p: p.id not in rows)
        )
        found = live._portfolio_live(section) if live else {}
        columns = self.env[SNAPSHOT]._columns()
        for partner_id, row in rows.items():
            stored = {key: row[columns[key].name] for key in full}
            found[partner_id] = found.get(partner_id, {}) | stored
        return found

    def _portfolio_rows(self):
        """Return {commercial partner id: stored row of the current company}."""
        found = self._portfolio_snapshots().search(self._portfolio_domain())
        return {row.partner_id.id: row for row in found}

    def _portfolio_snapshots(self):
        """Return the model of the stored rows, with sudo.

        What is read of a row is limited to what the user sees in full at its source
        (_full_keys), or tells no figure (the moment of computation).
        """
        return self.env[SNAPSHOT].sudo()

    def _portfolio_domain(self):
        """Return the Domain of these partners' stored rows in the current company."""
        ids = self.commercial_partner_id.ids
        domain = self._portfolio_snapshots()._valid_domain(self.env.company)
        return domain & fields.Domain("partner_id", "in", ids)

    def _portfolio_live(self, section):
        """Return {partner id: {"section.metric": value}} with the user's own rights."""
        model = self.env.get(f"crm.customer.section.{section}")
        partners = self.with_context(allowed_company_ids=self.env.company.ids)
        model = model.with_env(partners.env)
        if not self.ids or not model._is_available():
            return {}
        scope = partners._customer_scope({})
        shown = model._shown_metrics()
        figures = model._compute_metrics(scope)
        return {
            partner_id: {
                f"{section}.{key}": value
                for key, value in values.items()
                if key in shown
            }
            for partner_id, values in model._list_values(scope, figures).items()
        }

    # === CHIPS === #

    def _compute_application_statistics_hook(self):
        """Add overdue amounts and late deliveries to core's chips of a contact."""
        chips = super()._compute_application_statistics_hook()
        for name, chip in self._portfolio_chips().items():
            if not self._has_field_access(self._fields[name], "read"):
                continue
            for partner in self.filtered(name):
                chips[partner.id].append(dict(chip))
        return chips

    @api.model
    def _portfolio_chips(self):
        """Return {flag: chip}: what a contact's statistics tell, without amounts."""
        return {
            "portfolio_is_overdue": {
                "iconClass": "fa-exclamation-circle",
                "value": self.env._("Overdue"),
                "label": self.env._("Invoices are overdue"),
                "tagClass": "o_tag_color_1",
            },
            "portfolio_is_late": {
                "iconClass": "fa-truck",
                "value": self.env._("Late"),
                "label": self.env._("Deliveries are late"),
                "tagClass": "o_tag_color_2",
            },
        }
