import {Component, onWillStart, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate, formatDate, serializeDate, today} from "@web/core/l10n/dates";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

const PERIODS = [7, 30, 90, 365];

/**
 * What a team has to do, how it went, and who has how much. All figures come from
 * get_service_dashboard; each opens the list of what it counts.
 */
export class ServiceDashboard extends Component {
    static template = "crm_service_desk.Dashboard";
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.periods = PERIODS;
        this.state = useState({team: "", days: 30, data: null});
        onWillStart(() => this.load());
    }

    async load() {
        const options = {
            date_from: serializeDate(today().minus({days: this.state.days - 1})),
        };
        if (this.state.team) {
            options.team_ids = [Number(this.state.team)];
        }
        this.state.data = await this.orm.call(
            "helpdesk.ticket.team",
            "get_service_dashboard",
            [options]
        );
    }

    get period() {
        const data = this.state.data;
        return _t("%(from)s to %(to)s", {
            from: formatDate(deserializeDate(data.date_from)),
            to: formatDate(deserializeDate(data.date_to)),
        });
    }

    periodLabel(days) {
        return _t("Last %s days", days);
    }

    text(figure) {
        if (figure.value === false) {
            return "–";
        }
        if (figure.unit === "count") {
            return formatInteger(figure.value);
        }
        const number = formatFloat(figure.value, {digits: [16, 1]});
        return figure.unit === "percent" ? `${number} %` : _t("%s h", number);
    }

    async setTeam(event) {
        this.state.team = event.target.value;
        await this.load();
    }

    async setDays(event) {
        this.state.days = Number(event.target.value);
        await this.load();
    }

    open(name, model, domain) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: model,
            views:
                model === "helpdesk.ticket"
                    ? [
                          [false, "list"],
                          [false, "form"],
                      ]
                    : [
                          [false, "list"],
                          [false, "pivot"],
                          [false, "graph"],
                      ],
            domain,
        });
    }

    openAnalysis() {
        this.action.doAction("crm_service_desk.service_ticket_report_action");
    }
}

registry.category("actions").add("crm_service_desk.dashboard", ServiceDashboard);
