import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {ControlPanel} from "@web/search/control_panel/control_panel";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";

import {formatDay, formatMetric} from "./format";
import {MetricTile} from "./metric_tile/metric_tile";
import {SectionCard} from "./section_card/section_card";
import {Timeline} from "./timeline/timeline";

const {DateTime} = luxon;

// What is shown large on top, when the reader may see it; the rest is in the cards.
const HEADLINES = [
    "revenue",
    "margin",
    "receivable",
    "open_invoices",
    "overdue",
    "days_to_pay",
    "mrr",
    "next_renewal",
    "open_quotations",
    "deliveries_late",
    "open_tickets",
];
const MAX_HEADLINES = 10;
const PARTNER_FIELDS = [
    "display_name",
    "name",
    "is_company",
    "parent_id",
    "commercial_partner_id",
    "user_id",
    "email",
    "phone",
    "category_id",
];

/** Lists that show the aggregate of a figure; addons may add theirs. */
export const drillDownActions = registry.category("crm_extension.drill_downs");
drillDownActions
    .add("account.move.line", "crm_extension.account_move_line_action_customer_360")
    .add("account.move", "crm_extension.account_move_action_customer_360")
    .add("sale.order", "crm_extension.sale_order_action_customer_360");

/** The customer's page: what `res.partner.get_customer_360` answers, and no more. */
export class Customer360 extends Component {
    static template = "crm_extension.Customer360";
    static components = {ControlPanel, MetricTile, SectionCard, Timeline};
    static props = {...standardActionServiceProps};
    // The same path as that of the action's record: a reload finds this page by it.
    static path = "customer-360";
    static displayName = _t("Customer 360");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({
            loading: true,
            error: "",
            scope: "entity",
            period: "months",
            partner: null,
            answer: null,
            canQuote: false,
            page: 0,
        });
        onWillStart(() => this.start(this.props));
        onWillUpdateProps((nextProps) => this.start(nextProps));
    }

    /**
     * Take the partner from the action, the URL or the record it was opened from.
     * @param {Object} props
     */
    start(props) {
        const {action} = props;
        const partnerId =
            props.resId || action.params?.partner_id || action.context?.active_id;
        if (!partnerId || partnerId === this.partnerId) {
            this.state.loading = false;
            return;
        }
        this.partnerId = partnerId;
        props.updateActionState?.({resId: partnerId});
        // Not awaited: the page shows its skeleton while the figures are read.
        this.load();
    }

    async load() {
        this.state.loading = true;
        this.state.error = "";
        const request = Symbol("request");
        this.request = request;
        try {
            const [[partner], [answer], canQuote] = await Promise.all([
                this.orm.read("res.partner", [this.partnerId], PARTNER_FIELDS),
                this.orm.call("res.partner", "get_customer_360", [
                    [this.partnerId],
                    this.options,
                ]),
                user.checkAccessRight("sale.order", "create"),
            ]);
            if (request !== this.request) {
                return;
            }
            Object.assign(this.state, {
                partner,
                answer,
                canQuote,
                page: this.state.page + 1,
            });
            this.env.config.setDisplayName?.(partner.display_name);
        } catch (error) {
            if (request !== this.request) {
                return;
            }
            this.state.error = error.data?.message || _t("The page cannot be shown.");
        }
        this.state.loading = false;
    }

    // === WHAT IS ASKED === //

    get options() {
        const options = {scope: this.state.scope};
        const today = DateTime.utc();
        const ranges = {
            year: [today.startOf("year"), today],
            last_year: [
                today.startOf("year").minus({years: 1}),
                today.startOf("year").minus({days: 1}),
            ],
        };
        const range = ranges[this.state.period];
        if (range) {
            options.date_from = range[0].toISODate();
            options.date_to = range[1].toISODate();
        }
        return options;
    }

    get scopes() {
        return [
            ["contact", _t("Contact")],
            ["entity", _t("Company")],
            ["group", _t("Group")],
        ];
    }

    get periods() {
        return [
            ["months", _t("Last 12 months")],
            ["year", _t("This year")],
            ["last_year", _t("Last year")],
        ];
    }

    setScope(scope) {
        this.state.scope = scope;
        return this.load();
    }

    setPeriod(ev) {
        this.state.period = ev.target.value;
        return this.load();
    }

    // === WHAT IS SHOWN === //

    get sections() {
        return Object.entries(this.state.answer.sections)
            .map(([key, section]) => ({
                key,
                label: section.label,
                metrics: Object.entries(section.metrics).map(([name, metric]) => ({
                    key: name,
                    ...metric,
                })),
            }))
            .filter((section) => section.metrics.length);
    }

    get headlines() {
        const metrics = this.sections.flatMap((section) => section.metrics);
        const found = HEADLINES.map((key) => metrics.find((m) => m.key === key));
        const shown = found.filter(Boolean);
        const whole = shown.some(({key}) => key === "receivable");
        return shown
            .filter(({key}) => key !== "open_invoices" || !whole)
            .slice(0, MAX_HEADLINES);
    }

    get lastContact() {
        const metrics = this.state.answer.sections.contact?.metrics || {};
        const days = ["last_contact_in", "last_contact_out"]
            .map((key) => metrics[key]?.value)
            .filter(Boolean)
            .sort();
        return days.length ? _t("Last contact: %s", formatDay(days.at(-1))) : "";
    }

    get periodText() {
        const {date_from, date_to, currency} = this.state.answer;
        return _t("Period: %(from)s to %(to)s. Amounts in %(currency)s.", {
            from: formatDay(date_from),
            to: formatDay(date_to),
            currency,
        });
    }

    get isEmpty() {
        return (
            !this.state.answer.timeline.rows.length &&
            this.sections.every((section) =>
                section.metrics.every((metric) => !metric.value)
            )
        );
    }

    format(metric) {
        return formatMetric(metric, this.state.answer.currency_id);
    }

    // === ACTIONS === //

    /**
     * Open the list of exactly the records that a figure counts.
     * @param {Object} metric a metric or an item of one
     */
    async openMetric(metric) {
        const xmlId = drillDownActions.get(metric.model, null);
        const base = xmlId ? await this.action.loadAction(xmlId) : {};
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: metric.model,
            views: base.views || [
                [false, "list"],
                [false, "form"],
            ],
            name: `${metric.label}: ${this.state.partner.display_name}`,
            domain: metric.domain,
            context: {...user.context, create: false},
            target: "current",
        });
    }

    openPartner(partnerId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "res.partner",
            res_id: partnerId,
            views: [[false, "form"]],
        });
    }

    open360(partnerId) {
        this.partnerId = partnerId;
        this.props.updateActionState?.({resId: partnerId});
        return this.load();
    }

    sendMail() {
        return this.action.doAction(
            {
                type: "ir.actions.act_window",
                name: _t("Send a mail"),
                res_model: "mail.compose.message",
                views: [[false, "form"]],
                target: "new",
                context: {
                    default_model: "res.partner",
                    default_res_ids: [this.partnerId],
                    default_partner_ids: [this.partnerId],
                    default_composition_mode: "comment",
                },
            },
            {onClose: () => this.load()}
        );
    }

    newQuotation() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "sale.order",
            views: [[false, "form"]],
            context: {default_partner_id: this.partnerId},
        });
    }

    openList() {
        return this.action.doAction("crm_extension.res_partner_action_customer_360");
    }
}

registry.category("actions").add("crm_extension.customer_360", Customer360);
