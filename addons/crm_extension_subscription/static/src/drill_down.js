import {drillDownActions} from "@crm_extension/customer_360/drill_down";

drillDownActions.add(
    "contract.line",
    "crm_extension_subscription.contract_line_action_customer_360"
);
