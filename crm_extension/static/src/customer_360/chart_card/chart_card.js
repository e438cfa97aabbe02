import {loadBundle} from "@web/core/assets";
import {cookie} from "@web/core/browser/cookie";
import {getColor, getCustomColor} from "@web/core/colors/colors";
import {formatFloat} from "@web/views/fields/formatters";

import {Component, onWillStart, onWillUnmount, useEffect, useRef} from "@odoo/owl";

import {formatValue} from "../format";

const COLORS_OF_AGEING = ["#28a745", "#ffbc2c", "#f48935", "#ea6175", "#982738"];

/** A chart of the answer, drawn with Odoo's own Chart.js; a bar opens its records. */
export class ChartCard extends Component {
    static template = "crm_extension.ChartCard";
    static props = {chart: Object, currencyId: Number, open: Function};

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                this.draw();
                return () => this.drawn?.destroy();
            },
            () => [this.props.chart]
        );
        onWillUnmount(() => this.drawn?.destroy());
    }

    get isRound() {
        return this.props.chart.type === "doughnut";
    }

    /** @returns {Object[]} what each label stands for, as a list and as a link */
    get points() {
        const {labels, datasets} = this.props.chart;
        return labels.map((label, index) => ({
            index,
            label,
            texts: datasets.map((dataset) => ({
                label: dataset.label,
                value: dataset.values[index],
                text: this.format(dataset.values[index]),
            })),
        }));
    }

    format(value) {
        return formatValue(value, this.props.chart.unit, this.props.currencyId);
    }

    /**
     * @param {Number} index of the label
     * @param {Number} which index of the dataset
     */
    openPoint(index, which = 0) {
        const {chart} = this.props;
        const dataset = chart.datasets[which];
        const domain =
            dataset.domains?.[index] || (which ? null : chart.domains[index]);
        if (!domain || !chart.model) {
            return;
        }
        const label =
            chart.datasets.length > 1
                ? `${chart.label}, ${chart.labels[index]}, ${dataset.label}`
                : `${chart.label}, ${chart.labels[index]}`;
        return this.props.open({...chart, label, domain});
    }

    // === DRAWING === #

    colors(which) {
        const {chart} = this.props;
        const scheme = cookie.get("color_scheme");
        if (chart.key.startsWith("ageing") && chart.labels.length === 5) {
            return COLORS_OF_AGEING;
        }
        if (this.isRound) {
            return chart.labels.map((_label, index) =>
                getColor(index, scheme, chart.labels.length)
            );
        }
        return which
            ? getCustomColor(scheme, "#c9ccd2", "#545b70")
            : getColor(0, scheme, 6);
    }

    get scales() {
        if (this.isRound) {
            return {};
        }
        const scheme = cookie.get("color_scheme");
        const color = getCustomColor(scheme, "#495057", "#e4e4e4");
        const grid = {
            color: getCustomColor(scheme, "rgba(0,0,0,.1)", "rgba(255,255,255,.15)"),
        };
        const precision = this.props.chart.unit === "count" ? 0 : undefined;
        const short = (value) => formatFloat(value, {humanReadable: true, decimals: 0});
        return {
            x: {ticks: {color}, grid: {display: false}},
            y: {
                beginAtZero: true,
                ticks: {color, callback: short, precision, maxTicksLimit: 6},
                grid,
            },
        };
    }

    draw() {
        const {chart} = this.props;
        this.drawn?.destroy();
        const scheme = cookie.get("color_scheme");
        const many = chart.datasets.length > 1 || this.isRound;
        /* global Chart */
        this.drawn = new Chart(this.canvas.el, {
            type: chart.type,
            data: {
                labels: chart.labels,
                datasets: chart.datasets.map((dataset, which) => ({
                    label: dataset.label,
                    data: dataset.values,
                    backgroundColor: this.colors(which),
                    borderColor: this.isRound ? undefined : this.colors(which),
                    order: which,
                })),
            },
            options: {
                animation: false,
                maintainAspectRatio: false,
                onClick: (_ev, [hit]) =>
                    hit && this.openPoint(hit.index, hit.datasetIndex),
                onHover: (ev, hits) => {
                    ev.native.target.style.cursor = hits.length ? "pointer" : "";
                },
                scales: this.scales,
                plugins: {
                    legend: {
                        display: many,
                        position: "bottom",
                        labels: {
                            boxWidth: 12,
                            color: getCustomColor(scheme, "#111827", "#ffffff"),
                        },
                    },
                    tooltip: {
                        callbacks: {
                            label: (item) =>
                                `${item.dataset.label || item.label}: ${this.format(item.raw)}`,
                        },
                    },
                },
            },
        });
    }
}
