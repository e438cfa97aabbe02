import {formatCurrency} from "@web/core/currency";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";
import {listView} from "@web/views/list/list_view";
import {ListRenderer} from "@web/views/list/list_renderer";

import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";

const SUMS = ["sum", "sum_currency"];

/**
 * The total of all rows of a list, of all its pages, with the sign of the figure that
 * was clicked. What to add up and its sign come from the action's context.
 */
export class DrillDownTotal extends Component {
    static template = "crm_extension.DrillDownTotal";
    static props = {list: Object};

    setup() {
        this.orm = useService("orm");
        this.state = useState({count: 0, totals: [], value: false});
        onWillStart(() => this.load(this.props.list));
        onWillUpdateProps(({list}) => this.load(list));
    }

    get figure() {
        const {context} = this.props.list;
        const aggregate = context.customer_360_aggregate || "";
        const [name, func] = aggregate.split(":");
        const summed = SUMS.includes(func) && name in this.props.list.fields;
        return {aggregate: summed && aggregate, name, sign: context.customer_360_sign};
    }

    /**
     * Read the figure of the list's model; asked again only for another domain.
     * @param {Object} list
     * @param {Array} list.domain
     * @param {String} list.resModel
     * @param {Object} list.fields
     */
    async load({domain, resModel, fields}) {
        const question = JSON.stringify(domain);
        if (question === this.question) {
            return;
        }
        this.question = question;
        const {aggregate} = this.figure;
        if (aggregate && this.props.list.context.customer_360_conversion) {
            const total = await this.convertedTotal(resModel, domain);
            if (question === this.question) {
                this.state.count = total.count;
                this.state.totals = [formatCurrency(total.value, total.currency_id)];
                this.state.value = total.value;
            }
            return;
        }
        const byCompany = "company_id" in fields && user.activeCompanies.length > 1;
        const groups = await this.orm.formattedReadGroup(
            resModel,
            domain,
            byCompany ? ["company_id"] : [],
            aggregate ? ["__count", aggregate] : ["__count"]
        );
        if (question === this.question) {
            this.show(groups, fields);
        }
    }

    /**
     * What was converted for the figure is converted in the same way for its list.
     * @param {String} model
     * @param {Array} domain
     * @returns {Promise<Object>} count, value and currency_id
     */
    convertedTotal(model, domain) {
        const {aggregate, sign} = this.figure;
        const {customer_360_conversion: conversion} = this.props.list.context;
        return this.orm.call("res.partner", "get_customer_figure_total", [
            model,
            domain,
            {aggregate, sign: sign || 1, ...conversion},
        ]);
    }

    /** Amounts of several currencies are told one by one, never mixed. */
    show(groups, fields) {
        const {aggregate, name, sign} = this.figure;
        this.state.count = groups.reduce((sum, group) => sum + group.__count, 0);
        const totals = new Map();
        for (const group of aggregate ? groups : []) {
            const company = user.allowedCompanies.find(
                ({id}) => group.company_id && id === group.company_id[0]
            );
            const converted = aggregate.endsWith("sum_currency");
            const owner = (!converted && company) || user.activeCompany;
            const value = (sign || 1) * (group[aggregate] || 0);
            const key = owner.currency_id;
            totals.set(key, (totals.get(key) || 0) + value);
        }
        const isAmount = fields[name]?.type === "monetary";
        this.state.totals = [...totals].map(([currencyId, value]) =>
            isAmount ? formatCurrency(value, currencyId) : formatFloat(value)
        );
        this.state.value = totals.size === 1 ? [...totals.values()][0] : false;
    }

    get text() {
        const count = formatInteger(this.state.count);
        if (!this.state.totals.length) {
            return _t("All records: %(count)s", {count});
        }
        const total = this.state.totals.join(" + ");
        return _t("Total of all records (%(count)s): %(total)s", {count, total});
    }
}

export class DrillDownListRenderer extends ListRenderer {
    static template = "crm_extension.DrillDownListRenderer";
    static components = {...ListRenderer.components, DrillDownTotal};
}

registry.category("views").add("crm_drill_down_list", {
    ...listView,
    Renderer: DrillDownListRenderer,
});
