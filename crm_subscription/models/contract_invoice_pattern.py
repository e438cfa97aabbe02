# Copyright 2026 CRM Suite contributors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
from datetime import timedelta

from odoo import api, fields, models

KEPT_DAYS = 400  # longer than a yearly contract needs its rows
# Addons whose fields and hooks on invoices are part of the differential test. With any
# other one that has a say in how an invoice is made, everything is made the plain way.
KNOWN_ADDONS = frozenset(
    {
        "account",
        "account_edi_ubl_cii",
        "account_payment",
        "analytic",
        "base",
        "base_vat",
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
HOOKS = ("create", "_get_fields_to_sync", "_sync_dynamic_lines")
# What of a draft is the customer's or the contract's own: written anew on each. The
# token opens one invoice to whom it was sent: each gets its own, as core makes them.
OWN_MOVE = (
    "access_token",
    "partner_id",
    "commercial_partner_id",
    "partner_shipping_id",
    "invoice_partner_display_name",
    "ref",
    "invoice_origin",
)
# Models of which a row that is to be used again may name no record but those.
OWN_MODELS = ("res.partner", "contract.contract", "contract.line")
RELATIONS = (
    "account_move_line_account_tax_rel",
    "account_account_tag_account_move_line_rel",
)


class ContractInvoicePattern(models.Model):
    """The rows of a draft invoice, to be used again for all that it is the same for.

    A contract that bills the same lines each month makes core compute the same taxes,
    accounts, terms and texts each month, and so do a hundred contracts of one shape. A
    draft that core made is kept here as it came out, with the fingerprint of all it was
    made of: the values we gave to core, what of the customer has a say, the products,
    and the whole accounting configuration. A bill with that fingerprint, of whichever
    contract, is these rows with other dates, contacts, names and links; with any other
    one core computes anew. Posting is core's own, always.

    A cache: rows may be deleted at any time, and whoever doubts them switches them off
    (system parameter ``crm_subscription.patterns`` = ``0``). A contract keeps one at
    most, and of a shape usually one contract does.
    """

    _name = "contract.invoice.pattern"
    _description = "Computed Rows of a Contract's Invoice"

    contract_id = fields.Many2one(
        "contract.contract", required=True, readonly=True, ondelete="cascade"
    )
    fingerprint = fields.Char(required=True, readonly=True, index=True)
    # That of the accounting configuration alone: without it the row is of no use.
    configuration = fields.Char(readonly=True)
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
            addons |= self._get_definers(model, HOOKS)
        return addons

    def _get_definers(self, model, methods):
        """Return the names of addons whose classes define one of ``methods`` (set)."""
        return {
            getattr(cls, "_module", None) or "base"
            for cls in type(model).mro()
            if any(method in cls.__dict__ for method in methods)
        }

    def _is_simple(self, bill):
        """Return whether core makes of the bill what its values and the configuration
        say, and nothing else (bool).

        Not in a foreign currency, whose rate moves; not with corrections; and not with
        a line without product, whose account core takes from earlier invoices.
        """
        contract = bill.contract
        if bill.carried or bill.again or not contract._is_ledgered():
            return False
        if contract.currency_id != contract.company_id.currency_id:
            return False
        return all(
            line["name"] and (line["product_id"] or line["display_type"] != "product")
            for _command, _id, line in bill.vals["invoice_line_ids"]
        )

    # === KEEPING === #
    @api.model
    def _keep(self, bills, moves, shapes):
        """Keep the rows of drafts that core just made.

        :param list shapes: the bills' :class:`Shape`, None: of none
        :return: {fingerprint: rows}
        """
        kept = {}
        for bill, move, shape in zip(bills, moves, shapes, strict=True):
            terms = shape is not None and self._get_terms(move)
            if terms is not False:
                kept[move.id] = (bill, shape, terms)
        if not kept:
            return {}
        found = moves.browse(kept)._read_pattern_rows()
        rows, vals_list = {}, []
        for move_id, (bill, shape, terms) in kept.items():
            own = self._take_out(bill, shape, {**found[move_id], "terms": terms})
            if own:
                rows[shape.fingerprint] = own
                vals_list.append(
                    {
                        "contract_id": bill.contract.id,
                        "fingerprint": shape.fingerprint,
                        "configuration": shape.configuration,
                        "rows": own,
                    }
                )
        contracts = [vals["contract_id"] for vals in vals_list]
        self.search([("contract_id", "in", contracts)]).unlink()
        self.create(vals_list)
        return rows

    def _take_out(self, bill, shape, rows):
        """Return the rows of a draft without what is the contract's and customer's own,
        or False where they name something that may be and that we do not know."""
        move = {key: v for key, v in rows["move"].items() if key not in OWN_MOVE}
        contacts = shape.contacts
        known = {
            "partner_id": contacts.partner,
            "commercial_partner_id": contacts.commercial,
            "partner_shipping_id": contacts.shipping,
        }
        if any(rows["move"].get(key) != value for key, value in known.items()):
            return False
        if move.get("name", "/") != "/":
            return False
        positions = {
            line["contract_line_id"]: position
            for position, (_command, _id, line) in enumerate(
                bill.vals["invoice_line_ids"]
            )
        }
        lines = []
        for row in rows["lines"]:
            line = {key: v for key, v in row.items() if key not in ("ref", "move_id")}
            if line.pop("partner_id", None) != contacts.commercial:
                return False
            if "contract_line_id" in line:
                line["position"] = positions[line.pop("contract_line_id")]
                line.pop("name", None)
            lines.append(line)
        strange = (
            set(rows["relations"]) - set(RELATIONS)
            or self._names_others("account.move", [move])
            or self._names_others("account.move.line", lines)
        )
        return not strange and {**rows, "move": move, "lines": lines}

    def _names_others(self, model, rows):
        """Return whether rows name a contact or contract that is not taken out."""
        names = [
            field.name
            for field in self.env[model]._fields.values()
            if field.type == "many2one"
            and field.store
            and field.comodel_name in OWN_MODELS
        ]
        return any(row.get(name) for row in rows for name in names)

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
    def _find(self, shapes):
        """Return {fingerprint: rows} of the shapes of which there is a pattern."""
        wanted = {shape.fingerprint for shape in shapes}
        patterns = self.search([("fingerprint", "in", list(wanted))])
        return {
            fingerprint: own[:1].rows
            for fingerprint, own in patterns.grouped("fingerprint").items()
        }

    @api.autovacuum
    def _gc_outdated(self):
        """Delete what no bill can use any more, or none has used for long enough."""
        before = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        self.search(
            [
                "|",
                ("configuration", "!=", self._hash_configuration()),
                ("create_date", "<", before),
            ]
        ).unlink()
