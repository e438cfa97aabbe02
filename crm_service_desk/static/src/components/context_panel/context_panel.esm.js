import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {
    deserializeDate,
    deserializeDateTime,
    formatDate,
    formatDateTime,
} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

const MODELS = {
    serials: "stock.lot",
    orders: "sale.order",
    deliveries: "stock.picking",
    invoices: "account.move",
};
// In this order; those that are no documents to be linked only where there are any.
const SECTIONS = [
    "serials",
    "products",
    "orders",
    "deliveries",
    "invoices",
    "earlier_tickets",
];
const LINKS = {
    serials: "service_lot_id",
    orders: "service_order_id",
    deliveries: "service_picking_id",
    invoices: "service_invoice_id",
};

/**
 * What is known about the customer of a ticket: serial numbers with warranty, orders,
 * deliveries, invoices, entitlement. All of it comes from get_context; a row can be
 * linked to the ticket by one click and opened by who may read it.
 */
export class ServiceContextPanel extends Component {
    static template = "crm_service_desk.ContextPanel";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({context: null});
        onWillStart(() => this.load(this.props.record));
        onWillUpdateProps((next) => this.load(next.record));
    }

    /**
     * Ask again only when the saved ticket or its customer is another one.
     * @param {Object} record the record of the form
     */
    async load(record) {
        const partner = record.data.partner_id;
        const key = [record.resId, record.data.write_date, partner && partner.id];
        if (this.key === key.join() || !record.resId) {
            return;
        }
        this.key = key.join();
        const [context] = await this.orm.call("helpdesk.ticket", "get_context", [
            [record.resId],
        ]);
        this.state.context = context;
    }

    get sections() {
        const context = this.state.context;
        const labels = {
            serials: _t("Serial numbers"),
            products: _t("Products"),
            earlier_tickets: _t("Earlier tickets"),
            orders: _t("Orders"),
            deliveries: _t("Deliveries"),
            invoices: _t("Invoices"),
        };
        return SECTIONS.filter((key) => MODELS[key] || context[key].length).map(
            (key) => ({
                key,
                label: labels[key],
                rows: context[key].slice(0, 8).map((row) => this.row(key, row)),
            })
        );
    }

    row(key, row) {
        const details = {
            serials: () => row.product,
            products: () => `${row.quantity} ${row.unit}`,
            earlier_tickets: () => `${row.name} · ${row.stage}`,
            orders: () => this.date(row.date),
            deliveries: () => this.moment(row.date_done || row.scheduled_date),
            invoices: () => this.date(row.date),
        };
        const links = LINKS[key];
        return {
            ...row,
            name: row.number || row.name,
            can_open: row.can_open || key === "earlier_tickets",
            detail: details[key](),
            badge: this.badge(key, row),
            linkable: Boolean(links),
            linked: Boolean(links) && this.state.context.linked[links].id === row.id,
        };
    }

    badge(key, row) {
        if (key === "serials" || key === "products") {
            const labels = {
                covered: [_t("Under warranty"), "text-bg-success"],
                expired: [_t("Warranty expired"), "text-bg-danger"],
                excluded: [_t("No warranty"), "text-bg-secondary"],
            };
            const [label, style] = labels[row.warranty.state];
            return {label, style, title: row.warranty.reason};
        }
        if (key === "invoices") {
            const labels = {
                not_paid: [_t("Not paid"), "text-bg-danger"],
                partial: [_t("Partly paid"), "text-bg-warning"],
                in_payment: [_t("In payment"), "text-bg-info"],
                paid: [_t("Paid"), "text-bg-success"],
                reversed: [_t("Reversed"), "text-bg-secondary"],
            };
            const [label, style] = labels[row.payment_state] || [
                row.payment_state,
                "text-bg-secondary",
            ];
            return {label, style, title: ""};
        }
        if (key === "orders") {
            return row.late
                ? {label: _t("Late"), style: "text-bg-danger", title: ""}
                : null;
        }
        if (key === "earlier_tickets") {
            return row.same_serial
                ? {label: _t("This one"), style: "text-bg-info", title: ""}
                : null;
        }
        if (key === "deliveries") {
            const labels = {
                done: [_t("Done"), "text-bg-success"],
                cancel: [_t("Cancelled"), "text-bg-secondary"],
            };
            const open = row.late
                ? [_t("Late"), "text-bg-danger"]
                : [_t("Open"), "text-bg-info"];
            const [label, style] = labels[row.state] || open;
            return {label, style, title: ""};
        }
        return null;
    }

    date(value) {
        return value ? formatDate(deserializeDate(value)) : "";
    }

    moment(value) {
        return value ? formatDateTime(deserializeDateTime(value)) : "";
    }

    async link(key, row) {
        const record = this.props.record;
        if (!(await record.save())) {
            return;
        }
        const id = row.linked ? false : row.id;
        await this.orm.call("helpdesk.ticket", "link_document", [
            [record.resId],
            MODELS[key],
            id,
        ]);
        this.key = "";
        await record.load();
        await this.load(record);
    }

    open(key, row) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: MODELS[key] || "helpdesk.ticket",
            res_id: row.id,
            views: [[false, "form"]],
        });
    }
}

export const serviceContextPanel = {
    component: ServiceContextPanel,
    fieldDependencies: [
        {name: "partner_id", type: "many2one"},
        {name: "write_date", type: "datetime"},
    ],
};

registry.category("view_widgets").add("service_context_panel", serviceContextPanel);
