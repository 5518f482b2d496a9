/** Charts on canvases of our own. Each has a text alternative, works by keyboard, and is a filter: give `onSelect`. */
export { bars, merged, percentile, total, within } from "./bins.ts";
export { Brush, type Stretch } from "./brush.tsx";
export { Canvas, type Colours, colours, crisp, type Size, type Tone, useSize } from "./canvas.tsx";
export { HeatMap, type Patch } from "./heat-map.tsx";
export { Histogram, type HistogramSeries } from "./histogram.tsx";
export { linear, log, logTicks, type Scale, ticks, timeTickLabel, timeTicks } from "./scales.ts";
export { type Point, Sparkline } from "./sparkline.tsx";
export { TimeSeries } from "./time-series.tsx";
export { ChartTip } from "./tip.tsx";
