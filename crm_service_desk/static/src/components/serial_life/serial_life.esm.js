import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

const ICONS = {
    received: "fa-inbox",
    delivered: "fa-truck",
    returned: "fa-undo",
    ticket: "fa-life-ring",
    settlement: "fa-balance-scale",
    replacement: "fa-exchange",
    repair: "fa-wrench",
};

/**
 * The life of a serial number as a list, newest first; each event opens its document.
 */
export class SerialLife extends Component {
    static template = "crm_service_desk.SerialLife";
    static props = {...standardFieldProps};

    setup() {
        this.action = useService("action");
    }

    get events() {
        const events = this.props.record.data[this.props.name] || [];
        return events.map((event, index) => ({
            ...event,
            key: index,
            icon: ICONS[event.kind] || "fa-circle",
            moment: formatDateTime(deserializeDateTime(event.date)),
        }));
    }

    open(event) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: event.model,
            res_id: event.res_id,
            views: [[false, "form"]],
        });
    }
}

export const serialLife = {
    component: SerialLife,
    displayName: _t("Life of a serial number"),
    supportedTypes: ["json"],
};

registry.category("fields").add("service_serial_life", serialLife);
