import {formatCurrency} from "@web/core/currency";
import {
    deserializeDate,
    deserializeDateTime,
    formatDate,
    formatDateTime,
} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";

/**
 * @param {String} value a day as the API writes it
 * @returns {String} the day in the reader's format
 */
export function formatDay(value) {
    return value ? formatDate(deserializeDate(value)) : "";
}

/**
 * @param {String} value a moment in UTC as the API writes it
 * @returns {String} the day in the reader's zone and format; midnight is a mere date
 */
export function formatMoment(value) {
    if (value.endsWith("00:00:00")) {
        return formatDay(value.slice(0, 10));
    }
    return formatDate(deserializeDateTime(value));
}

/**
 * @param {*} value a number, date or text as the API gives it; false is none
 * @param {String} unit unit of a metric, or of a table's column
 * @param {Number} currencyId currency of amounts
 * @returns {String} the value as people read it, "–" where there is none
 */
export function formatValue(value, unit, currencyId) {
    if (value === false || value === undefined || value === "") {
        return "–";
    }
    switch (unit) {
        case "currency":
            return formatCurrency(value, currencyId);
        case "percent":
            return `${formatFloat(value, {digits: [16, 1]})} %`;
        case "days":
            if (value === 1) {
                return _t("1 day");
            }
            return _t(
                "%s days",
                Number.isInteger(value)
                    ? formatInteger(value)
                    : formatFloat(value, {digits: [16, 1]})
            );
        case "date":
            return formatDay(value.slice(0, 10));
        case "datetime":
            return formatDateTime(deserializeDateTime(value));
        case "count":
            return formatInteger(value);
        case "text":
            return value;
        default:
            return typeof value === "number" ? formatFloat(value) : value;
    }
}

/**
 * @param {Object} metric with value and unit
 * @param {Number} currencyId currency of amounts
 * @returns {String} the value as people read it
 */
export function formatMetric(metric, currencyId) {
    return formatValue(metric.value, metric.unit, currencyId);
}
