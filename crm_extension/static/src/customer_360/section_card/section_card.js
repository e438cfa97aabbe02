import {Component} from "@odoo/owl";

import {formatMetric} from "../format";

const AGEING = [
    ["not_due", "bg-success"],
    ["overdue_1_30", "bg-warning"],
    ["overdue_31_60", "bg-warning"],
    ["overdue_61_90", "bg-danger"],
    ["overdue_over_90", "bg-danger"],
];

/** All figures of a section as a list, each a link to the records it counts. */
export class SectionCard extends Component {
    static template = "crm_extension.SectionCard";
    static props = {section: Object, currencyId: Number, open: Function};

    format(metric) {
        return formatMetric(metric, this.props.currencyId);
    }

    formatItem(item) {
        return formatMetric({...item, unit: "currency"}, this.props.currencyId);
    }

    /**
     * @param {Object} metric
     * @returns {Boolean} whether it is a part of the figure above it
     */
    isBucket(metric) {
        return AGEING.some(([key]) => key === metric.key);
    }

    /** @returns {Object[]} the buckets of open invoices with their share in percent */
    get ageing() {
        const byKey = Object.fromEntries(
            this.props.section.metrics.map((m) => [m.key, m])
        );
        const total = byKey.open_invoices?.value;
        if (!total || total <= 0) {
            return [];
        }
        return AGEING.filter(([key]) => byKey[key]?.value > 0).map(([key, color]) => ({
            ...byKey[key],
            color,
            share: (byKey[key].value / total) * 100,
        }));
    }
}
