import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";

import {Component} from "@odoo/owl";

import {formatDay} from "../format";

const STAGE_COLORS = {
    prospect: "text-bg-secondary",
    new: "text-bg-info",
    active: "text-bg-success",
    declining: "text-bg-warning",
    lapsed: "text-bg-danger",
};

/** Who the customer is, and what the page is asked: scope, period. */
export class CustomerHeader extends Component {
    static template = "crm_extension.CustomerHeader";
    static props = {
        partner: Object,
        answer: Object,
        scope: String,
        period: String,
        setScope: Function,
        setPeriod: Function,
        openPartner: Function,
        open360: Function,
    };

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
            ["all", _t("All time")],
        ];
    }

    get hierarchy() {
        return this.props.answer.header?.hierarchy || [];
    }

    get stage() {
        return this.props.answer.header?.stage;
    }

    get stageColor() {
        return STAGE_COLORS[this.stage.key];
    }

    /** @returns {String} names of the companies that count, "" for users of one */
    get companies() {
        if (user.allowedCompanies.length < 2) {
            return "";
        }
        const {company_ids} = this.props.answer;
        return user.allowedCompanies
            .filter((company) => company_ids.includes(company.id))
            .map((company) => company.name)
            .join(", ");
    }

    get lastContact() {
        const metrics = this.props.answer.sections.contact?.metrics || {};
        const days = ["last_contact_in", "last_contact_out"]
            .map((key) => metrics[key]?.value)
            .filter(Boolean)
            .sort();
        return days.length ? _t("Last contact: %s", formatDay(days.at(-1))) : "";
    }
}
