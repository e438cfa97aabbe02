import {formatFloat} from "@web/views/fields/formatters";

import {Component} from "@odoo/owl";

/** One figure, large: its name, its trend, its definition; a click opens its list. */
export class MetricTile extends Component {
    static template = "crm_extension.MetricTile";
    static props = {metric: Object, text: String, open: Function};

    get change() {
        const {change} = this.props.metric;
        if (typeof change !== "number") {
            return "";
        }
        return `${change > 0 ? "+" : ""}${formatFloat(change, {digits: [16, 1]})} %`;
    }

    get isAlert() {
        const {key, value} = this.props.metric;
        return ["overdue", "deliveries_late"].includes(key) && value > 0;
    }
}
