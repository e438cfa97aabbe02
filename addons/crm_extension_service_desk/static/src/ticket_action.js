import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";

import {customerActions} from "@crm_extension/customer_360/customer_actions";

customerActions.add(
    "ticket",
    {
        label: _t("New ticket"),
        icon: "fa-life-ring",
        isAvailable: () => user.checkAccessRight("helpdesk.ticket", "create"),
        run: ({action, partner}) =>
            action.doAction({
                type: "ir.actions.act_window",
                res_model: "helpdesk.ticket",
                views: [[false, "form"]],
                context: {default_partner_id: partner.id},
            }),
    },
    {sequence: 40}
);
