import {registry} from "@web/core/registry";
import {downloadReport} from "@web/webclient/actions/reports/utils";

const PAGE = ".o_crm_360_body:not(.o_crm_360_stale)";
const BACK = ".o_back_button, .breadcrumb-item.o_back_button a";
const realSend = XMLHttpRequest.prototype.send;
const realOpen = XMLHttpRequest.prototype.open;
let held = [];

/** Questions for the figures wait until they are released. */
function holdFigures() {
    XMLHttpRequest.prototype.open = function (method, url, ...rest) {
        this.crmUrl = String(url);
        return realOpen.call(this, method, url, ...rest);
    };
    XMLHttpRequest.prototype.send = function (...data) {
        if (this.crmUrl?.includes("get_customer_360")) {
            held.push(() => realSend.apply(this, data));
            return undefined;
        }
        return realSend.apply(this, data);
    };
}

/** What waits is asked now, and what comes later at once. */
function releaseFigures() {
    XMLHttpRequest.prototype.open = realOpen;
    XMLHttpRequest.prototype.send = realSend;
    if (!held.length) {
        throw new Error("the page did not ask for its figures");
    }
    held.forEach((ask) => ask());
    held = [];
}

registry.category("web_tour.tours").add("crm_extension_customer_360_loading_tour", {
    steps: () => [
        {
            content: "The page is there before its figures are",
            trigger: ".o_form_view .oe_stat_button[name=action_open_customer_360]",
            async run({click}) {
                holdFigures();
                await click();
            },
        },
        {
            content: "It says so, to the eye and aloud",
            trigger:
                ".o_crm_360_content[aria-busy=true]:has([aria-live]) .o_crm_360_skeleton[role=status]",
            run: releaseFigures,
        },
        {
            trigger: `.o_crm_360_content[aria-busy=false]:not(:has(.o_crm_360_skeleton)) ${PAGE}[data-extras=true] .o_crm_360_tile`,
        },
        {
            content: "While another period is read, the old figures are marked",
            trigger: ".o_crm_360_period",
            async run({select}) {
                holdFigures();
                await select("last_year");
            },
        },
        {
            trigger:
                ".o_crm_360_content[aria-busy=true] .o_crm_360_body.o_crm_360_stale .o_crm_360_tile",
            run: releaseFigures,
        },
        {
            trigger: `.o_crm_360_content[aria-busy=false] ${PAGE}[data-from$="-01-01"] .o_crm_360_tile`,
        },
        {
            content: "What is seen in full has no lock",
            trigger: `.o_crm_360_content:not(:has(.o_crm_360_part)):not(:has(.o_crm_360_partial))`,
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_partial_tour", {
    steps: () => [
        {
            content: "A line says what the locks mean",
            trigger: `.o_crm_360_part:contains(Figures with a lock count your documents only)`,
        },
        {
            content: "The tile of the invoices has one, with its name",
            trigger: `${PAGE} .o_crm_360_tile[data-key=open_invoices][aria-label*='Your documents only'] .o_crm_360_partial[aria-label]`,
        },
        {
            content: "What is not read in full does not show the others' documents",
            trigger: `${PAGE} .o_crm_360_tile[data-key=open_invoices][data-value='1000']`,
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_empty_tour", {
    steps: () => [
        {
            content: "Of a new customer the page tells that there is nothing yet",
            trigger: `${PAGE}:not(:has(.o_crm_360_tile)) .o_crm_360_empty`,
        },
        {
            trigger: `${PAGE} .o_crm_360_no_rows`,
        },
        {
            content: "And offers what comes first",
            trigger: ".o_crm_360_empty button",
            run: "click",
        },
        {
            trigger:
                ".o_form_view .o_field_widget[name=partner_id] input:value(Fabrikam)",
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_error_tour", {
    steps: () => [
        {
            content: "Who is not there: told by name, with a way to try again",
            trigger:
                ".o_crm_360_content:not(:has(.o_crm_360_skeleton)) .alert[role=alert]:contains(does not exist) button",
            run: "click",
        },
        {
            trigger:
                ".o_crm_360_content[aria-busy=false] .alert[role=alert]:contains(does not exist)",
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_actions_tour", {
    steps: () => [
        {
            content: "Calls go to the number of the customer",
            trigger: ".o_crm_360_actions a[data-action=call][href='tel:+12025550149']",
        },
        {
            content: "A mail to the customer",
            trigger: ".o_crm_360_actions [data-action=mail]",
            run: "click",
        },
        {
            trigger:
                ".modal .o_mail_composer_form .o_field_widget[name=partner_ids]:contains(Northwind)",
        },
        {
            trigger: ".modal .btn-close",
            run: "click",
        },
        {
            content: "A quotation for the customer",
            trigger:
                "body:not(:has(.modal)) .o_crm_360_actions [data-action=quotation]",
            run: "click",
        },
        {
            trigger:
                ".o_form_view .o_field_widget[name=partner_id] input:value(Northwind)",
        },
        {
            trigger: BACK,
            run: "click",
        },
        {
            content: "The account review, as one without wkhtmltopdf prints it",
            trigger: `body:has(${PAGE}) .o_crm_360_actions [data-action=print]`,
            run({click}) {
                downloadReport.wkhtmltopdfStatusProm = Promise.resolve("install");
                return click();
            },
        },
        {
            trigger:
                "iframe[src*='/report/html/crm_extension.report_customer_review/']",
            run() {
                downloadReport.wkhtmltopdfStatusProm = undefined;
            },
        },
        {
            trigger: ":iframe body:contains(Northwind) table[data-section]",
        },
    ],
});

registry.category("web_tour.tours").add("crm_extension_customer_360_notice_tour", {
    steps: () => [
        {
            content: "A notice of documents that stayed with the customer",
            trigger: `.o_crm_360_notice[role=status]:contains(follow the ledger)`,
        },
    ],
});
