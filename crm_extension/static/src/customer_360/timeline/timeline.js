import {_t} from "@web/core/l10n/translation";
import {KeepLast} from "@web/core/utils/concurrency";
import {useService} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {formatFloat} from "@web/views/fields/formatters";

import {Component, useState} from "@odoo/owl";

import {formatMoment} from "../format";

const {DateTime} = luxon;

/** Everything that happened, newest first, by month; filtered, searched, paged. */
export class Timeline extends Component {
    static template = "crm_extension.Timeline";
    static props = {partnerId: Number, options: Object, timeline: Object};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({
            rows: this.props.timeline.rows,
            next: this.props.timeline.next,
            kinds: this.props.timeline.kinds,
            chosen: [],
            search: "",
            busy: false,
            chip: 0,
        });
        this.onSearch = useDebounced(() => this.reload(), 300);
    }

    /**
     * @param {String|Boolean} cursor where the page begins, false for the newest
     * @returns {Promise<Object>} the timeline of the answer
     */
    async read(cursor) {
        const options = {
            ...this.props.options,
            sections: [],
            search: this.state.search,
        };
        if (cursor) {
            options.timeline_cursor = cursor;
        }
        if (this.state.chosen.length) {
            options.timeline_kinds = [...this.state.chosen];
        }
        this.state.busy = true;
        const [answer] = await this.keepLast.add(
            this.orm
                .call("res.partner", "get_customer_360", [
                    [this.props.partnerId],
                    options,
                ])
                .finally(() => {
                    this.state.busy = false;
                })
        );
        return answer.timeline;
    }

    async reload() {
        const {rows, next, kinds} = await this.read(false);
        Object.assign(this.state, {rows, next, kinds});
    }

    async more() {
        const {rows, next} = await this.read(this.state.next);
        this.state.rows.push(...rows);
        this.state.next = next;
    }

    toggle(key) {
        const {chosen} = this.state;
        this.state.chosen = chosen.includes(key)
            ? chosen.filter((kind) => kind !== key)
            : [...chosen, key];
        return this.reload();
    }

    /** @returns {Object[]} kinds that have rows, or are chosen */
    get chips() {
        return this.state.kinds.filter(
            (kind) => kind.count || this.state.chosen.includes(kind.key)
        );
    }

    /** @returns {Object[]} what is to come, the next first; then rows by month */
    get months() {
        const now = DateTime.utc().toFormat("yyyy-MM-dd HH:mm:ss");
        const coming = this.state.rows.filter((row) => row.date > now).reverse();
        const months = [];
        if (coming.length) {
            months.push({key: "coming", label: _t("Coming up"), rows: coming});
        }
        for (const row of this.state.rows.filter(({date}) => date <= now)) {
            const key = row.date.slice(0, 7);
            if (months.at(-1)?.key !== key) {
                const month = DateTime.fromISO(key);
                const label = month.toLocaleString({year: "numeric", month: "long"});
                months.push({key, label, rows: []});
            }
            months.at(-1).rows.push(row);
        }
        return months;
    }

    /** @returns {String} what a screen reader is told when the rows change */
    get announcement() {
        return this.state.busy ? "" : _t("%s rows are shown.", this.state.rows.length);
    }

    /**
     * Arrows go from chip to chip, so that Tab needs one step over all of them.
     * @param {KeyboardEvent} ev
     */
    onChipKey(ev) {
        const steps = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1};
        if (!(ev.key in steps)) {
            return;
        }
        const chips = [...ev.currentTarget.querySelectorAll(".o_crm_360_chip")];
        const index = chips.indexOf(document.activeElement) + steps[ev.key];
        const next = (index + chips.length) % chips.length;
        this.state.chip = next;
        chips[next].focus();
        ev.preventDefault();
    }

    icon(row) {
        const kind = this.state.kinds.find(({key}) => key === row.kind);
        return kind ? kind.icon : "fa-circle-o";
    }

    kindLabel(row) {
        return this.state.kinds.find(({key}) => key === row.kind)?.label || row.kind;
    }

    when(row) {
        return formatMoment(row.date);
    }

    amount(row) {
        if (row.amount === false) {
            return "";
        }
        return `${formatFloat(row.amount)} ${row.currency || ""}`;
    }

    open(row) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: row.model,
            res_id: row.res_id,
            views: [[false, "form"]],
        });
    }
}
