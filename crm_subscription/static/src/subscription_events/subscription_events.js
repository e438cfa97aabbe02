// Copyright 2026 CRM Suite contributors
// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

const ICONS = {
    bill: "fa-file-text-o",
    notice: "fa-hourglass-end",
    end: "fa-flag-checkered",
    line_end: "fa-chain-broken",
    step: "fa-refresh",
};
const HELD = ["stopped", "skipped"];

/**
 * What comes next for a contract, by date; planned renewal steps can be run, skipped,
 * stopped and taken up again.
 */
export class SubscriptionEvents extends Component {
    static template = "crm_subscription.SubscriptionEvents";
    static props = {...standardFieldProps};

    setup() {
        this.orm = useService("orm");
    }

    get value() {
        return this.props.record.data[this.props.name] || {events: []};
    }

    get events() {
        return this.value.events.map((event) => ({
            ...event,
            icon: ICONS[event.kind],
            day: formatDate(deserializeDate(event.date)),
            isDone: event.kind === "step" && event.state !== "planned",
            actions: this.actions(event),
        }));
    }

    actions(event) {
        if (event.kind !== "step" || !this.value.can_steer) {
            return [];
        }
        if (event.state === "planned") {
            return [
                {method: "run_step", label: _t("Run now")},
                {method: "skip_step", label: _t("Skip")},
                {method: "stop_step", label: _t("Stop")},
            ];
        }
        return HELD.includes(event.state)
            ? [{method: "resume_step", label: _t("Resume")}]
            : [];
    }

    async act(event, action) {
        const {record} = this.props;
        if (!(await record.save())) {
            return;
        }
        await this.orm.call("contract.contract", action.method, [
            [record.resId],
            event.key,
        ]);
        await record.load();
    }
}

registry.category("fields").add("subscription_events", {
    component: SubscriptionEvents,
    displayName: _t("Next Events of a Subscription"),
    supportedTypes: ["json"],
});
