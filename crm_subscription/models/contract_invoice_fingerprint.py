# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import json
from collections import defaultdict
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

# What decides taxes, accounts, terms and texts of an invoice: when a character of
# these tables changes, every pattern is outdated.
CONFIGURATION = (
    "account_account",
    "account_account_account_tag",
    "account_account_res_company_rel",
    "account_account_tag_account_tax_repartition_line_rel",
    "account_account_tax_default_rel",
    "account_analytic_distribution_model",
    "account_cash_rounding",
    "account_fiscal_position",
    "account_fiscal_position_account",
    "account_fiscal_position_account_tax_rel",
    "account_fiscal_position_res_country_state_rel",
    "account_incoterms",
    "account_journal",
    "account_payment_method_line",
    "account_payment_term",
    "account_payment_term_line",
    "account_tax",
    "account_tax_alternatives",
    "account_tax_filiation_rel",
    "account_tax_group",
    "account_tax_repartition_line",
    "crm_team",
    "crm_team_member",
    "decimal_precision",
    "ir_default",
    "product_category",
    "res_company",
    "res_country_group",
    "res_country_res_country_group_rel",
    "res_currency",
    "res_partner_bank",
    "res_partner_category",
    "uom_uom",
)
# Columns of a contact that an invoice changes, and that change no invoice.
COUNTERS = ("customer_rank", "supplier_rank", "write_date", "write_uid")
# Columns that tell who a contact is, and by which core decides nothing about a draft.
# Each other column has a say, also those of addons that we do not know.
IDENTITY = frozenset(
    {
        *COUNTERS,
        "barcode",
        "calendar_last_notif_ack",
        "city",
        "color",
        "comment",
        "commercial_company_name",
        "company_name",
        "company_registry",
        "complete_name",
        "contact_address_complete",
        "create_date",
        "create_uid",
        "email",
        "email_normalized",
        "function",
        "id",
        "name",
        "partner_latitude",
        "partner_longitude",
        "peppol_endpoint",
        "phone",
        "phone_sanitized",
        "ref",
        "street",
        "street2",
        "website",
    }
)
# Relations of a contact by which core decides nothing about a draft.
IDLE_RELATIONS = ("channel_ids", "meeting_ids", "starred_message_ids")
# By these core tells whether a VAT number will do.
VAT_HOOKS = ("_get_vat_required_valid",)
# By these core takes a customer's contacts, and by those his fiscal position.
CUSTOMER_HOOKS = {
    "res.partner": ("address_get", *VAT_HOOKS),
    "account.fiscal.position": (
        "_get_fiscal_position",
        "_get_first_matching_fpos",
        "_get_fpos_validation_functions",
    ),
}
OWN_HEAD = ("invoice_date", "invoice_line_ids", "invoice_origin", "partner_id", "ref")
OWN_LINE = ("contract_line_id", "name")


class Contacts(NamedTuple):
    """The ids of the contacts that an invoice names, and the name that it shows."""

    partner: int
    commercial: int
    shipping: int
    name: str


class Shape(NamedTuple):
    """What the rows of a bill's draft depend on, and whose they will be."""

    fingerprint: str
    configuration: str
    contacts: Contacts


class ContractInvoicePattern(models.Model):
    """The fingerprint: two bills that share one get the same rows from core, but for
    dates, contacts, names and links."""

    _inherit = "contract.invoice.pattern"

    @api.model
    def _get_shapes(self, bills):
        """Return the :class:`Shape` of each bill, None of what patterns can't serve."""
        simple = [
            bill
            for bill in bills
            if self._is_simple(bill) and self._is_safe(bill.contract.company_id)
        ]
        if not simple:
            return [None] * len(bills)
        # First, as it writes what the ORM holds back.
        configuration = self._hash_configuration()
        partners = self.env["res.partner"].union(
            *(bill.contract.invoice_partner_id for bill in simple)
        )
        contacts = {partner.id: self._get_contacts(partner) for partner in partners}
        customers = self._hash_customers(contacts.values())
        products = self._hash_products(simple)
        circumstances = self._get_circumstances()
        shapes = {}
        for bill in simple:
            own = contacts[bill.contract.invoice_partner_id.id]
            if own.name:
                fingerprint = _digest(
                    [
                        configuration,
                        circumstances,
                        customers[own.partner],
                        self._describe_bill(bill, products),
                    ]
                )
                shapes[id(bill)] = Shape(fingerprint, configuration, own)
        return [shapes.get(id(bill)) for bill in bills]

    def _get_contacts(self, partner):
        """Return the :class:`Contacts` of an invoice to ``partner``, as core takes
        them."""
        return Contacts(
            partner.id,
            partner.commercial_partner_id.id,
            partner.address_get(["delivery"])["delivery"],
            partner.display_name,
        )

    def _get_circumstances(self):
        """Return what core takes from whoever makes the invoice (list)."""
        defaults = {
            key: value
            for key, value in self.env.context.items()
            if key.startswith("default_")
        }
        return [self.env.uid, self.env.lang, self.env.user.lang, defaults]

    # === CONFIGURATION === #
    @api.model
    def _hash_configuration(self):
        """Return a hash of all rows of the accounting configuration, of the companies'
        own contacts and of the system parameters (str).

        Raw SQL: the ORM can't tell cheaply that nothing of a table has changed. What
        the ORM holds back is written first.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname IN %s"
                " AND pg_table_is_visible(oid) ORDER BY relname",
                CONFIGURATION,
            )
        )
        names = [name for (name,) in self.env.cr.fetchall()]
        sources = [
            SQL("SELECT t::text AS content FROM %s t", SQL.identifier(name))
            for name in names
        ]
        sources.append(
            SQL(
                "SELECT (to_jsonb(p) - %s::text[])::text AS content FROM res_partner p"
                " WHERE id IN (SELECT partner_id FROM res_company)",
                list(COUNTERS),
            )
        )
        sources.append(
            SQL(
                "SELECT concat_ws('=', key, value) AS content FROM ir_config_parameter"
                " WHERE key != 'crm_subscription.patterns'"
                " AND key NOT LIKE 'database.%%'"
            )
        )
        sums = SQL(" UNION ALL ").join(
            SQL(
                "SELECT count(*), COALESCE(sum(hashtextextended(content, 0)::numeric),"
                " 0)::text FROM (%s) t",
                source,
            )
            for source in sources
        )
        return _digest([names, self.env.execute_query(sums)])

    # === CUSTOMERS === #
    def _hash_customers(self, contacts):
        """Return {invoicing contact's id: a hash of what of the customer has a say}.

        Contacts are told apart by their part in the invoice, not by their ids; but by
        their ids too where the configuration names them, or where an addon that we do
        not know has a say in whose contacts or which fiscal position core takes.
        """
        ids = {
            contact
            for own in contacts
            for contact in (own.partner, own.commercial, own.shipping)
        }
        rows = self._read_contacts(ids)
        relations = self._read_contact_relations(ids)
        private = ids if self._has_unknown_customer_hooks() else self._get_named(ids)
        hashes = {}
        for own in contacts:
            parts = {}
            for contact in (own.partner, own.commercial, own.shipping):
                parts.setdefault(contact, f"part {len(parts)}")
            said = [parts[own.commercial], parts[own.shipping]]
            for contact in parts:
                row = dict(rows[contact])
                for name in ("parent_id", "commercial_partner_id"):
                    row[name] = parts.get(row.get(name), row.get(name))
                said += [row, relations[contact], contact in private and contact]
            hashes[own.partner] = _digest(said)
        return hashes

    def _read_contacts(self, ids):
        """Return {contact's id: {column: value}} of what may have a say.

        Raw SQL: columns of addons that we do not know are to be read too. Of a VAT
        number core looks at the country, unless an addon checks it; of a zip code only
        where ranges are in use.
        """
        checked = self._get_definers(self.env["res.partner"], VAT_HOOKS) - {"account"}
        positions = self.env["account.fiscal.position"].with_context(active_test=False)
        left_out = set(self._get_identity_columns())
        if not positions.search_count([("zip_from", "!=", False)], limit=1):
            left_out.add("zip")
        rows = self.env.execute_query(
            SQL(
                "SELECT id, jsonb_strip_nulls(to_jsonb(p) - %s::text[])"
                " FROM res_partner p WHERE id IN %s",
                sorted(left_out),
                tuple(ids),
            )
        )
        return {
            contact: row if checked else {**row, "vat": _get_country(row.get("vat"))}
            for contact, row in rows
        }

    @api.model
    def _get_identity_columns(self):
        """Return the names of columns of contacts that have no say in an invoice's
        draft (set)."""
        return IDENTITY

    def _read_contact_relations(self, ids):
        """Return {contact's id: sorted rows} of its stored relations, as categories.

        Raw SQL: one query for all relations, whatever addon they are of.
        """
        queries = [
            SQL(
                "SELECT %s, %s, %s FROM %s WHERE %s IN %s",
                SQL.identifier(field.column1),
                field.name,
                SQL.identifier(field.column2),
                SQL.identifier(field.relation),
                SQL.identifier(field.column1),
                tuple(ids),
            )
            for field in self.env["res.partner"]._fields.values()
            if field.type == "many2many"
            and field.store
            and field.name not in IDLE_RELATIONS
        ]
        found = defaultdict(list)
        if queries:
            for contact, *row in self.env.execute_query(
                SQL(" UNION ALL ").join(queries)
            ):
                found[contact].append(row)
        return defaultdict(list, {key: sorted(rows) for key, rows in found.items()})

    def _has_unknown_customer_hooks(self):
        """Return whether an addon that we do not know has a say in whose contacts or
        which fiscal position core takes (bool)."""
        return any(
            self._get_definers(self.env[name], methods) - self._get_known_addons()
            for name, methods in CUSTOMER_HOOKS.items()
        )

    def _get_named(self, ids):
        """Return those of the contacts ``ids`` that the configuration names (set): a
        company's own one, or one with an analytic distribution of his.

        A bank account names whose it is, and is taken for no invoice of his.
        """
        named = set()
        for model in self.env.registry.models.values():
            if model._table not in CONFIGURATION or model._table == "res_partner_bank":
                continue
            for field in model._fields.values():
                if field.comodel_name == "res.partner" and field.store:
                    if field.type == "many2one":
                        records = (
                            self.env[model._name]
                            .with_context(active_test=False)
                            .search([(field.name, "in", list(ids))])
                        )
                        named.update(records[field.name].ids)
        return named

    # === PRODUCTS AND VALUES === #
    def _hash_products(self, bills):
        """Return {product's id: what is known of it} (dict)."""
        products = self.env["product.product"].browse(
            {
                line["product_id"]
                for bill in bills
                for _command, _id, line in bill.vals["invoice_line_ids"]
                if line.get("product_id")
            }
        )
        return {
            product.id: [
                str(product.write_date),
                str(product.product_tmpl_id.write_date),
                sorted(product.taxes_id.ids),
                sorted(product.account_tag_ids.ids),
            ]
            for product in products
        }

    def _describe_bill(self, bill, products):
        """Return the values that we give to core, but for what is the contract's own
        (list)."""
        lines = [
            {key: value for key, value in line.items() if key not in OWN_LINE}
            for _command, _id, line in bill.vals["invoice_line_ids"]
        ]
        head = {key: v for key, v in bill.vals.items() if key not in OWN_HEAD}
        return [head, lines, [products.get(line.get("product_id")) for line in lines]]


def _get_country(vat):
    """Return the country that a VAT number (str or None) begins with, or whether there
    is a number at all."""
    return vat[:2] if vat and vat[:2].isalpha() else bool(vat)


def _digest(value):
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
