import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {ControlPanel} from "@web/search/control_panel/control_panel";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

import {
    Component,
    onWillStart,
    onWillUnmount,
    onWillUpdateProps,
    useState,
} from "@odoo/owl";

import {ChartCard} from "./chart_card/chart_card";
import {customerActions, newQuotation} from "./customer_actions";
import {openDrillDown} from "./drill_down";
import {formatDay, formatMetric, formatValue} from "./format";
import {CustomerHeader} from "./header/header";
import {NextSteps} from "./next_steps/next_steps";
import {SectionCard} from "./section_card/section_card";
import {TableCard} from "./table_card/table_card";
import {TileGrid} from "./tile_grid/tile_grid";
import {Timeline} from "./timeline/timeline";

const {DateTime} = luxon;

// The order of the tiles; what else is declared as a headline comes after these.
const HEADLINES = [
    "revenue",
    "net_invoiced",
    "margin",
    "receivable",
    "open_invoices",
    "overdue",
    "days_to_pay",
    "mrr",
    "renewal_date",
    "open_quotations",
    "deliveries_late",
    "open_tickets",
];
// Shown to those only who do not see the figure named here.
const INSTEAD = {open_invoices: "receivable", net_invoiced: "revenue"};
const MAX_HEADLINES = 12;
const FIRST_DAY = "1900-01-01";
const STALE_MINUTES = 15;
const PARTNER_FIELDS = [
    "display_name",
    "name",
    "is_company",
    "commercial_partner_id",
    "user_id",
    "email",
    "phone",
];

/** The customer's page: what `res.partner.get_customer_360` answers, and no more. */
export class Customer360 extends Component {
    static template = "crm_extension.Customer360";
    static components = {
        ChartCard,
        ControlPanel,
        CustomerHeader,
        NextSteps,
        SectionCard,
        TableCard,
        TileGrid,
        Timeline,
    };
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
            pane: "overview",
            partner: null,
            answer: null,
            extras: null,
            extrasError: "",
            buttons: [],
            isOld: false,
            page: 0,
        });
        this.load = this.load.bind(this);
        onWillStart(() => this.start(this.props));
        onWillUpdateProps((nextProps) => this.start(nextProps));
        onWillUnmount(() => clearTimeout(this.oldTimer));
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
            const [[partner], answer] = await Promise.all([
                this.orm.read("res.partner", [this.partnerId], PARTNER_FIELDS),
                this.ask({include: ["metrics", "header", "steps"]}),
            ]);
            if (request !== this.request) {
                return;
            }
            const page = this.state.page + 1;
            Object.assign(this.state, {partner, answer, page, extras: null});
            this.env.config.setDisplayName?.(partner.display_name);
            this.watchAge();
            this.loadButtons(request);
            this.loadExtras(request);
        } catch (error) {
            if (request !== this.request) {
                return;
            }
            this.state.error = error.data?.message || _t("The page cannot be shown.");
        }
        this.state.loading = false;
    }

    async ask(options) {
        const [answer] = await this.orm.call("res.partner", "get_customer_360", [
            [this.partnerId],
            {...this.options, ...options},
        ]);
        return answer;
    }

    /** Charts and tables come after the figures, so that those need not wait. */
    async loadExtras(request) {
        this.state.extrasError = "";
        try {
            const answer = await this.ask({
                include: ["charts", "tables"],
                timeline_limit: 0,
            });
            if (request === this.request) {
                this.state.extras = answer.sections;
            }
        } catch (error) {
            if (request === this.request) {
                this.state.extrasError =
                    error.data?.message || _t("Charts and tables cannot be shown.");
            }
        }
    }

    async loadButtons(request) {
        const page = this.page;
        const buttons = customerActions
            .getEntries()
            .map(([key, entry]) => ({key, ...entry}));
        const shown = await Promise.all(
            buttons.map((button) => button.isAvailable(page))
        );
        if (request === this.request) {
            this.state.buttons = buttons.filter((_button, index) => shown[index]);
        }
    }

    /** After a while the page says that its figures are old. */
    watchAge() {
        clearTimeout(this.oldTimer);
        this.state.isOld = false;
        this.oldTimer = setTimeout(() => {
            this.state.isOld = true;
        }, STALE_MINUTES * 60000);
    }

    // === WHAT IS ASKED === //

    get options() {
        const options = {scope: this.state.scope};
        const today = DateTime.now();
        const ranges = {
            year: [today.startOf("year").toISODate(), today.toISODate()],
            last_year: [
                today.startOf("year").minus({years: 1}).toISODate(),
                today.startOf("year").minus({days: 1}).toISODate(),
            ],
            all: [FIRST_DAY, today.toISODate()],
        };
        const range = ranges[this.state.period];
        if (range) {
            [options.date_from, options.date_to] = range;
        }
        return options;
    }

    setScope(scope) {
        this.state.scope = scope;
        return this.load();
    }

    setPeriod(period) {
        this.state.period = period;
        return this.load();
    }

    // === WHAT IS SHOWN === //

    /** @returns {Object} what buttons of the header and steps work with */
    get page() {
        return {
            partner: this.state.partner,
            header: this.state.answer.header || {},
            memberIds: [this.partnerId, this.state.partner.commercial_partner_id[0]],
            action: this.action,
            orm: this.orm,
            reload: this.load,
        };
    }

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
        const ranks = new Map(HEADLINES.map((key, rank) => [key, rank]));
        const rank = ({key}) => ranks.get(key) ?? HEADLINES.length;
        return metrics
            .filter(({key, headline}) => headline || ranks.has(key))
            .filter(
                ({key}) => !INSTEAD[key] || !metrics.some((m) => m.key === INSTEAD[key])
            )
            .sort((one, other) => rank(one) - rank(other))
            .slice(0, MAX_HEADLINES)
            .map((metric) => ({
                metric,
                text: this.format(metric),
                trend: this.trend(metric),
            }));
    }

    /**
     * @param {Object} metric
     * @returns {Number[]} values over time: the stored history, else the monthly chart
     */
    trend(metric) {
        if (metric.trend?.length > 1) {
            return metric.trend.map(([, value]) => value || 0);
        }
        const chart = this.charts.find(
            ({key, type}) => key.startsWith(`${metric.key}_`) && type !== "doughnut"
        );
        return chart ? chart.datasets[0].values : [];
    }

    get charts() {
        const sections = Object.values(this.state.extras || {});
        return sections
            .flatMap((section) => section.charts || [])
            .filter(({datasets}) =>
                datasets.some(({values}) => values.some((value) => value))
            );
    }

    get tables() {
        const sections = Object.values(this.state.extras || {});
        return sections
            .flatMap((section) => section.tables || [])
            .filter((table) => table.rows.length);
    }

    /** @returns {Boolean} whether there is something to show or to wait for */
    get hasExtras() {
        const found = this.charts.length || this.tables.length;
        return Boolean(!this.state.extras || this.state.extrasError || found);
    }

    get panes() {
        return [
            ["overview", _t("Overview")],
            ["timeline", _t("Timeline")],
            ["charts", _t("Charts and lists")],
            ["figures", _t("Figures")],
        ];
    }

    /**
     * @param {String} name
     * @returns {String} on small screens one part of the page is shown at a time
     */
    paneClass(name) {
        return this.state.pane === name ? "" : "d-none d-lg-block";
    }

    get periodText() {
        const {date_from, date_to, currency} = this.state.answer;
        if (date_from === FIRST_DAY) {
            return _t("Period: up to %(to)s. Amounts in %(currency)s.", {
                to: formatDay(date_to),
                currency,
            });
        }
        return _t("Period: %(from)s to %(to)s. Amounts in %(currency)s.", {
            from: formatDay(date_from),
            to: formatDay(date_to),
            currency,
        });
    }

    get ageText() {
        const {as_of} = this.state.answer;
        const moment = DateTime.fromSQL(as_of, {zone: "utc"}).toLocal();
        return _t(
            "These figures are from %s.",
            moment.toLocaleString(DateTime.TIME_SIMPLE)
        );
    }

    /** @returns {String} how old what is stored is, "" where nothing stored is shown */
    get storedText() {
        const {stored_until} = this.state.answer.header;
        const isShown = this.headlines.some(({metric}) => metric.trend?.length > 1);
        return stored_until && isShown
            ? _t(
                  "Trends are of stored figures, last computed on %s.",
                  formatValue(stored_until, "datetime")
              )
            : "";
    }

    get isPartial() {
        return this.sections.some((section) =>
            section.metrics.some((metric) => metric.partial)
        );
    }

    get isEmpty() {
        return (
            !this.state.answer.timeline.rows.length &&
            this.sections.every((section) =>
                section.metrics.every((metric) => !metric.value)
            )
        );
    }

    /** @returns {String} what a screen reader is told when the page changes */
    get announcement() {
        if (this.state.loading) {
            return _t("Loading");
        }
        return this.state.partner
            ? _t("Figures of %s are shown.", this.state.partner.display_name)
            : "";
    }

    get canQuote() {
        return this.state.buttons.some(({key}) => key === "quotation");
    }

    format(metric) {
        return formatMetric(metric, this.state.answer.currency_id);
    }

    // === ACTIONS === //

    openMetric(metric) {
        return openDrillDown(this.action, metric, this.state.partner.display_name);
    }

    openRecord({model, res_id}) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: model,
            res_id,
            views: [[false, "form"]],
        });
    }

    openPartner(partnerId) {
        return this.openRecord({model: "res.partner", res_id: partnerId});
    }

    open360(partnerId) {
        this.partnerId = partnerId;
        this.props.updateActionState?.({resId: partnerId});
        return this.load();
    }

    runButton(button) {
        return button.run(this.page);
    }

    quote() {
        return newQuotation(this.page);
    }

    openList() {
        return this.action.doAction("crm_extension.res_partner_action_customer_360");
    }
}

registry.category("actions").add("crm_extension.customer_360", Customer360);
