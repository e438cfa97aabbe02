import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";

import {Component, useState} from "@odoo/owl";

const {DateTime} = luxon;
const SNOOZE_DAYS = 30;

/** Ask how and why a step is put aside. */
export class AsideDialog extends Component {
    static template = "crm_extension.AsideDialog";
    static components = {Dialog};
    static props = {step: Object, decide: Function, close: Function};

    setup() {
        this.state = useState({
            decision: "snooze",
            until: DateTime.now().plus({days: SNOOZE_DAYS}).toISODate(),
            reason: "",
            busy: false,
        });
        this.tomorrow = DateTime.now().plus({days: 1}).toISODate();
    }

    get title() {
        return _t("Put aside: %s", this.props.step.label);
    }

    get isComplete() {
        const {decision, until, reason} = this.state;
        return decision === "snooze" ? Boolean(until) : Boolean(reason.trim());
    }

    async confirm() {
        const {decision, until, reason} = this.state;
        this.state.busy = true;
        try {
            await this.props.decide(
                decision === "snooze" ? {decision, until, reason} : {decision, reason}
            );
        } finally {
            this.props.close();
        }
    }
}
