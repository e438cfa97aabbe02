import {Component, onWillUnmount, useRef, useState} from "@odoo/owl";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {usePopover} from "@web/core/popover/popover_hook";
import {useService} from "@web/core/utils/hooks";
import {user} from "@web/core/user";

const AGENT = "helpdesk_mgmt.group_helpdesk_user_own";
const COLORS = {
    running: "bg-info",
    warned: "bg-warning",
    breached: "bg-danger",
    paused: "bg-secondary",
    met: "bg-success",
    cancelled: "bg-secondary",
};

function kindLabel(kind) {
    return {
        first_response: _t("First response"),
        next_response: _t("Next response"),
        resolution: _t("Resolution"),
    }[kind];
}

function stateLabel(state) {
    return {
        running: _t("Running"),
        warned: _t("Due soon"),
        breached: _t("Breached"),
        paused: _t("Paused"),
        met: _t("Met"),
        cancelled: _t("Cancelled"),
        not_applicable: _t("Not applicable"),
    }[state];
}

/**
 * @param {Number} minutes working minutes, negative when late
 * @returns {String} "1h 30m"
 */
function duration(minutes) {
    const total = Math.abs(minutes);
    const hours = Math.floor(total / 60);
    const rest = total % 60;
    return hours
        ? _t("%(hours)sh %(minutes)sm", {hours, minutes: rest})
        : _t("%(minutes)sm", {minutes: rest});
}

function moment(value) {
    return value ? formatDateTime(deserializeDateTime(value)) : "";
}

/**
 * Why a deadline is when it is: each promise of a ticket with the stretches that counted
 * and those that did not, in the reader's time zone. All of it comes from get_sla_status.
 */
export class ServiceSlaExplanation extends Component {
    static template = "crm_service_desk.SlaExplanation";
    static props = {targets: Array, close: {type: Function, optional: true}};

    get targets() {
        return this.props.targets.map((target) => ({
            ...target,
            label: kindLabel(target.kind),
            stateLabel: stateLabel(target.state),
            color: COLORS[target.state] || "bg-secondary",
            due: moment(target.due),
            used: duration(target.used_minutes),
            left: duration(target.remaining_minutes),
            late: target.remaining_minutes < 0,
            rows: target.explanation.map((row) => ({
                ...row,
                from: moment(row.from),
                to: moment(row.to),
            })),
        }));
    }
}

/**
 * The promise that a ticket has to keep next, as a bar: share of the working time that
 * is used, what is left, colour of the state. On the form it explains itself.
 */
export class ServiceSlaBar extends Component {
    static template = "crm_service_desk.SlaBar";
    static props = {...standardFieldProps, explain: {type: Boolean, optional: true}};

    setup() {
        this.orm = useService("orm");
        this.root = useRef("root");
        this.state = useState({open: false});
        this.popover = usePopover(ServiceSlaExplanation, {
            position: "bottom-start",
            popoverClass: "o_service_sla_popover",
            onClose: () => {
                this.state.open = false;
            },
        });
        onWillUnmount(() => clearTimeout(this.timer));
    }

    get bar() {
        const bar = this.props.record.data.service_sla_bar;
        if (!bar) {
            return null;
        }
        const ended = ["met", "cancelled"].includes(bar.state);
        const left = duration(bar.minutes_left);
        const text = {
            paused: _t("paused, %(left)s left", {left}),
            met: _t("met"),
            cancelled: _t("cancelled"),
        }[bar.state];
        const open =
            bar.minutes_left < 0
                ? _t("%(left)s late", {left})
                : _t("%(left)s left", {left});
        return {
            color: COLORS[bar.state] || "bg-secondary",
            striped: bar.state === "paused",
            width: ended ? 100 : Math.max(4, Math.min(100, bar.percent)),
            percent: bar.percent,
            kind: kindLabel(bar.kind),
            state: bar.state,
            stateLabel: stateLabel(bar.state),
            text: text || open,
            due: moment(bar.due),
        };
    }

    get tooltip() {
        const bar = this.bar;
        return bar.due
            ? _t("%(kind)s: %(state)s, due %(due)s", {
                  kind: bar.kind,
                  state: bar.stateLabel,
                  due: bar.due,
              })
            : `${bar.kind}: ${bar.stateLabel}`;
    }

    enter() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.show(), 200);
    }

    leave() {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => {
            // Who moves into the explanation wants to read (and scroll) it.
            if (!document.querySelector(".o_service_sla_popover:hover")) {
                this.popover.close();
            }
        }, 300);
    }

    async show() {
        const record = this.props.record;
        if (!this.props.explain || !record.resId || this.state.open) {
            return;
        }
        this.state.open = true;
        if (!(await user.hasGroup(AGENT))) {
            return;
        }
        const [status] = await this.orm.call("helpdesk.ticket", "get_sla_status", [
            [record.resId],
        ]);
        if (this.root.el && this.state.open) {
            this.popover.open(this.root.el, {targets: status.targets});
        }
    }
}

export const serviceSlaBar = {
    component: ServiceSlaBar,
    displayName: _t("SLA Bar"),
    supportedTypes: ["datetime"],
    fieldDependencies: [{name: "service_sla_bar", type: "json"}],
    extractProps: ({viewType}) => ({explain: viewType === "form"}),
};

registry.category("fields").add("service_sla_bar", serviceSlaBar);
