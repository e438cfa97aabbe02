import {checkWidth} from "@crm_suite_base/../tests/phone";
import {registry} from "@web/core/registry";

const LINK =
    ".o_service_context [data-section=deliveries] .o_service_tracking:contains(Swift)" +
    " a[target=_blank][href='https://swift.example/?n=6123-4567-8901']";

/** Beside the conversation: the carrier, and the parcel on the carrier's page. */
registry.category("web_tour.tours").add("crm_service_desk_delivery_tracking_tour", {
    steps: () => [
        {content: "The parcel", trigger: `${LINK}:contains(6123-4567-8901)`},
        {
            content: "Nothing is cut or scrolls sideways",
            trigger: ".o_service_tracking",
            run: () => checkWidth(".o_service_tracking"),
        },
    ],
});
