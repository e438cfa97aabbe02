import {_t} from "@web/core/l10n/translation";
import {formatFloat} from "@web/views/fields/formatters";

import {Component} from "@odoo/owl";

import {formatValue} from "../format";

const LEFT = ["text", ""];
const DATES = ["date", "datetime"];

/** The first rows of a table of the answer, and a link to all of them. */
export class TableCard extends Component {
    static template = "crm_extension.TableCard";
    static props = {
        table: Object,
        currencyId: Number,
        open: Function,
        openRecord: Function,
    };

    format(row, column) {
        const value = row[column.key];
        if (column.unit === "currency" && row.currency && value !== false) {
            return `${formatFloat(value)} ${row.currency}`;
        }
        return formatValue(value, column.unit, this.props.currencyId);
    }

    align(column) {
        if (DATES.includes(column.unit)) {
            return "text-nowrap";
        }
        return LEFT.includes(column.unit || "") ? "" : "text-end text-nowrap";
    }

    get more() {
        const {count, rows} = this.props.table;
        return count > rows.length ? _t("All %s", count) : _t("Open as a list");
    }
}
