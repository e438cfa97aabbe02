// Copyright 2026 CRM Suite contributors
// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import {Component, onWillStart} from "@odoo/owl";
import {ControlPanel} from "@web/search/control_panel/control_panel";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate} from "@web/core/l10n/dates";
import {formatCurrency} from "@web/core/currency";
import {formatInteger} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";

const AMOUNTS = ["mrr", "expected_mrr", "at_risk_mrr"];

/**
 * What comes up for renewal in each of the next twelve months. All figures come from
 * get_forecast; each month opens the terms that it counts.
 */
export class RenewalForecast extends Component {
    static template = "crm_subscription.RenewalForecast";
    static components = {ControlPanel};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.labels = {
            count: _t("Terms"),
            mrr: _t("MRR to Renew"),
            expected_mrr: _t("Expected"),
            at_risk_mrr: _t("At Risk"),
        };
        this.note = _t(
            "Expected: the revenue times the renewal rate of its plan in the last twelve months, nothing of what ends with its term. At risk: late payers and other risks that the renewals name."
        );
        onWillStart(async () => {
            this.rows = await this.orm.call(
                "contract.renewal.report",
                "get_forecast",
                []
            );
        });
    }

    get months() {
        const highest = Math.max(...this.rows.map((row) => row.mrr), 1);
        return this.rows.map((row) => ({
            ...this.describe(row, row.currency_id),
            month: row.month,
            name: deserializeDate(`${row.month}-01`).toLocaleString({
                year: "numeric",
                month: "long",
            }),
            renewalIds: row.renewal_ids,
            share: Math.round((100 * row.mrr) / highest),
            expectedShare: Math.round((100 * row.expected_mrr) / highest),
        }));
    }

    get total() {
        const sum = (name) => this.rows.reduce((value, row) => value + row[name], 0);
        const row = Object.fromEntries(
            ["count", ...AMOUNTS].map((name) => [name, sum(name)])
        );
        return this.describe(row, this.rows[0].currency_id);
    }

    /**
     * @param {Object} row figures of a month or of all
     * @param {Number} currencyId
     * @returns {Object} them as texts, and whether there is something at risk
     */
    describe(row, currencyId) {
        const amounts = AMOUNTS.map((name) => [
            name,
            formatCurrency(row[name], currencyId),
        ]);
        return {
            ...Object.fromEntries(amounts),
            count: formatInteger(row.count),
            isAtRisk: row.at_risk_mrr > 0,
        };
    }

    open(month) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name: month.name,
            res_model: "contract.renewal.report",
            views: [
                [false, "list"],
                [false, "kanban"],
            ],
            domain: [["id", "in", month.renewalIds]],
        });
    }
}

registry.category("actions").add("crm_subscription.renewal_forecast", RenewalForecast);
