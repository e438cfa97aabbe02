# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import hashlib
import json

from odoo import api, fields, models
from odoo.tools import SQL

# What decides taxes, accounts, terms and texts of an invoice: when a character of
# these tables changes, every pattern is outdated.
CONFIGURATION = (
    "account_account",
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
    "account_payment_term",
    "account_payment_term_line",
    "account_tax",
    "account_tax_alternatives",
    "account_tax_filiation_rel",
    "account_tax_group",
    "account_tax_repartition_line",
    "crm_team",
    "crm_team_member",
    "ir_default",
    "product_category",
    "res_company",
    "res_currency",
    "res_partner_bank",
)
# Addons whose fields and hooks on invoices are part of the differential test. With any
# other one that has a say in how an invoice is made, everything is made the plain way.
KNOWN_ADDONS = frozenset(
    {
        "account",
        "account_edi_ubl_cii",
        "account_payment",
        "analytic",
        "base",
        "contract",
        "crm_subscription",
        "mail",
        "portal",
        "product",
        "rating",
        "sale",
        "stock_account",
        "utm",
        "web",
    }
)
# Columns of a contact that an invoice changes, and that change no invoice.
COUNTERS = ("customer_rank", "supplier_rank", "write_date", "write_uid")
HOOKS = ("create", "_get_fields_to_sync", "_sync_dynamic_lines")


class ContractInvoicePattern(models.Model):
    """The rows of a contract's draft invoice, to be used again while nothing changed.

    A contract that bills the same lines each month makes core compute the same taxes,
    accounts, terms and texts each month. The first draft, made by core, is kept here as
    it came out, with the fingerprint of all it was made of: the values we gave to core,
    the customer, the products, and the whole accounting configuration. While that
    fingerprint stands, the next draft is these rows with other dates; when it does not,
    core computes anew. Posting is core's own, always.

    A cache: rows may be deleted at any time, and whoever doubts them switches them off
    (system parameter ``crm_subscription.patterns`` = ``0``).
    """

    _name = "contract.invoice.pattern"
    _description = "Computed Rows of a Contract's Invoice"

    contract_id = fields.Many2one(
        "contract.contract", required=True, readonly=True, ondelete="cascade"
    )
    fingerprint = fields.Char(required=True, readonly=True)
    rows = fields.Json(required=True, readonly=True)

    _contract_uniq = models.UniqueIndex(
        "(contract_id)", "A contract has one pattern of its invoice."
    )

    # === WHEN === #
    @api.model
    def _is_safe(self, company):
        """Return whether invoices of ``company`` may be made of patterns (bool).

        Not where the company must keep the log of every step of an invoice, and not
        where an addon has a say that the differential test does not know.
        """
        parameter = self.env["ir.config_parameter"].sudo()
        if parameter.get_param("crm_subscription.patterns", "1") == "0":
            return False
        return not company.restrictive_audit_trail and self._get_hooks() <= (
            self._get_known_addons()
        )

    @api.model
    def _get_known_addons(self):
        """Return the names of addons that patterns take into account (set)."""
        return KNOWN_ADDONS

    @api.model
    def _get_hooks(self):
        """Return the names of addons that have a say in how an invoice is made: by
        stored fields, or by hooks of its creation (set)."""
        addons = set()
        for name in ("account.move", "account.move.line"):
            model = self.env[name]
            for field in model._fields.values():
                if field.store and field.compute:
                    addons.update(field._modules)
            for cls in type(model).mro():
                if any(hook in cls.__dict__ for hook in HOOKS):
                    addons.add(getattr(cls, "_module", None) or "base")
        return addons

    @api.model
    def _get_candidates(self, bills):
        """Return {bill's index: fingerprint} of the bills that patterns can serve."""
        found, configuration = {}, None
        for index, bill in enumerate(bills):
            contract = bill.contract
            simple = not bill.carried and not bill.again and contract._is_ledgered()
            domestic = contract.currency_id == contract.company_id.currency_id
            if simple and domestic and self._is_safe(contract.company_id):
                found[index] = bill
        if not found:
            return {}
        configuration = self._hash_configuration()
        customers = self._hash_customers(found.values())
        products = self._hash_products(found.values())
        return {
            index: self._hash_bill(bill, configuration, customers, products)
            for index, bill in found.items()
        }

    # === FINGERPRINT === #
    def _hash_configuration(self):
        """Return a hash of all rows of the accounting configuration (str).

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
        sums = SQL(" UNION ALL ").join(
            SQL(
                "SELECT count(*), COALESCE(sum(hashtextextended(t::text, 0)::numeric),"
                " 0)::text FROM %s t",
                SQL.identifier(name),
            )
            for name in names
        )
        return _digest([names, self.env.execute_query(sums)])

    def _hash_customers(self, bills):
        """Return {commercial partner's id: a hash of all its contacts} (dict).

        Raw SQL: one aggregate over all contacts of all customers of a chunk. Their
        write dates tell nothing: core counts a customer's invoices on the contact.
        """
        partners = {bill.contract.invoice_partner_id for bill in bills}
        commercial = {partner.commercial_partner_id.id for partner in partners}
        return {
            partner: str(checksum)
            for partner, checksum in self.env.execute_query(
                SQL(
                    "SELECT commercial_partner_id, sum(hashtextextended("
                    "(to_jsonb(p) - %s::text[])::text, 0)::numeric)"
                    " FROM res_partner p WHERE commercial_partner_id IN %s"
                    " GROUP BY commercial_partner_id",
                    list(COUNTERS),
                    tuple(commercial) or (0,),
                )
            )
        }

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
            ]
            for product in products
        }

    def _hash_bill(self, bill, configuration, customers, products):
        """Return the fingerprint of one bill (str)."""
        lines = [
            {key: value for key, value in line.items() if key != "name"}
            for _command, _id, line in bill.vals["invoice_line_ids"]
        ]
        head = {
            key: value
            for key, value in bill.vals.items()
            if key not in ("invoice_date", "invoice_line_ids")
        }
        commercial = bill.contract.invoice_partner_id.commercial_partner_id
        return _digest(
            [
                configuration,
                self.env.lang,
                head,
                lines,
                customers.get(commercial.id),
                [products.get(line.get("product_id")) for line in lines],
            ]
        )

    # === KEEPING === #
    @api.model
    def _keep(self, bills, moves, fingerprints):
        """Keep the rows of drafts that core just made, with their fingerprints.

        :param dict fingerprints: {index in ``bills``: fingerprint}
        """
        keep, today = {}, fields.Date.context_today(self)
        for index, (bill, move) in enumerate(zip(bills, moves, strict=True)):
            terms = index in fingerprints and self._get_terms(move)
            if terms is not False:
                keep[bill.contract.id] = (move, fingerprints[index], terms)
        if not keep:
            return
        rows = self.env["account.move"]._read_pattern_rows(
            self.env["account.move"].union(*(move for move, _f, _t in keep.values()))
        )
        self.search([("contract_id", "in", list(keep))]).unlink()
        self.create(
            [
                {
                    "contract_id": contract,
                    "fingerprint": fingerprint,
                    "rows": {
                        **rows[move.id],
                        "terms": terms,
                        # What core shows on a draft until it is posted.
                        "due_when_made": move.invoice_date_due == today,
                    },
                }
                for contract, (move, fingerprint, terms) in keep.items()
            ]
        )

    def _get_terms(self, move):
        """Return {journal item's id: number of its payment term's line}, or False where
        the due dates can't be told from the terms alone."""
        items = move.line_ids.filtered(lambda item: item.display_type == "payment_term")
        terms = move.invoice_payment_term_id.line_ids
        if not move.invoice_payment_term_id:
            return {str(items.id): -1} if len(items) == 1 else False
        if len(terms) != len(items) or move.invoice_payment_term_id.early_discount:
            return False
        dates = [term._get_due_date(move.invoice_date) for term in terms]
        if len(set(dates)) != len(dates):
            return False
        return {str(item.id): dates.index(item.date_maturity) for item in items}

    @api.model
    def _find(self, bills, fingerprints):
        """Return {index in ``bills``: rows} of the bills whose pattern still holds."""
        contracts = {bills[index].contract.id: index for index in fingerprints}
        patterns = self.search([("contract_id", "in", list(contracts))])
        return {
            contracts[pattern.contract_id.id]: pattern.rows
            for pattern in patterns
            if pattern.fingerprint == fingerprints[contracts[pattern.contract_id.id]]
        }


def _digest(value):
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
