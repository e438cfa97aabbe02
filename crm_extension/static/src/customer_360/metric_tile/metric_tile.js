import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/views/fields/formatters";

import {Component} from "@odoo/owl";

const WIDTH = 100;
const HEIGHT = 24;

/** One figure, large: its name, its trend, its definition; a click opens its list. */
export class MetricTile extends Component {
    static template = "crm_extension.MetricTile";
    static props = {
        metric: Object,
        text: String,
        trend: {type: Array, element: Number},
        open: Function,
    };

    get change() {
        const {change} = this.props.metric;
        if (typeof change !== "number") {
            return "";
        }
        return `${change > 0 ? "+" : ""}${formatFloat(change, {digits: [16, 1]})} %`;
    }

    /** @returns {String} all that the tile shows, for who hears it */
    get spoken() {
        const {label, basis, partial} = this.props.metric;
        return [
            `${label}: ${this.props.text}`,
            this.change && _t("%s to the period before", this.change),
            partial && _t("Your documents only"),
            basis,
        ]
            .filter(Boolean)
            .join(". ");
    }

    get changeClass() {
        const {change, better} = this.props.metric;
        const good = better === "less" ? change <= 0 : change >= 0;
        return good ? "text-success" : "text-danger";
    }

    get isAlert() {
        const {key, value} = this.props.metric;
        return (
            ["overdue", "deliveries_late", "breached_tickets"].includes(key) &&
            value > 0
        );
    }

    /** @returns {String} points of the line through the trend, "" for less than two */
    get points() {
        const {trend} = this.props;
        if (trend.length < 2) {
            return "";
        }
        const low = Math.min(0, ...trend);
        const span = Math.max(0, ...trend) - low || 1;
        return trend
            .map((value, index) => {
                const x = (index / (trend.length - 1)) * WIDTH;
                const y = HEIGHT - 1 - ((value - low) / span) * (HEIGHT - 2);
                return `${x.toFixed(1)},${y.toFixed(1)}`;
            })
            .join(" ");
    }
}
