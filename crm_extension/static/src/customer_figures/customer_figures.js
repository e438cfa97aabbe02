import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

import {Component} from "@odoo/owl";

import {formatMetric} from "../customer_360/format";

/** Figures of a document's customer beside the document, each a link to its list. */
export class CustomerFigures extends Component {
    static template = "crm_extension.CustomerFigures";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    get figures() {
        return this.props.record.data[this.props.name] || [];
    }

    format(figure) {
        return formatMetric(figure, figure.currency_id);
    }

    isAlert({key, value}) {
        return key === "overdue" && value > 0;
    }

    async open(figure) {
        const {resModel, resId} = this.props.record;
        const action = await this.orm.call(resModel, "action_open_customer_figure", [
            [resId],
            figure.key,
        ]);
        return this.action.doAction(action);
    }
}

registry.category("fields").add("crm_customer_figures", {
    component: CustomerFigures,
    supportedTypes: ["json"],
});
