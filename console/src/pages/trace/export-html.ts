/**
 * A trace as one page that opens anywhere, without Radiograph and without a network: HTML with its own style and a small script
 * that folds, searches and shows details. What comes from the trace is text and nothing else: everything is escaped, and the
 * page forbids itself to load or send anything. Pure.
 */
import type { Entity, Json, TraceAnswer } from "../../api/index.ts";
import { dateTime, duration, plural, type Zone } from "../../format/index.ts";
import { partEnd, treeOf } from "../../trace/tree.ts";
import { typeName } from "../../trace/type-name.ts";
import { whatWasAsked } from "../../trace/words.ts";
import { documentsOf } from "./search.ts";
import { axisTicks } from "./viewport.ts";

const MARKS = { ok: "●", error: "▲", throttle: "◆", fault: "■" } as const;
const NAMES = { ok: "OK", error: "Error", throttle: "Throttle", fault: "Fault" } as const;
const SCALE = 1000;

/** Text for HTML, in contents and in quoted attributes. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

export function exportedHtml(trace: TraceAnswer, raw: Json, how: { zone: Zone; at: number }): string {
  const tree = treeOf(trace);
  const documents = documentsOf(raw);
  const [low, high] = tree.extent;
  const place = (seconds: number): string => ((((seconds - low) / (high - low)) * SCALE) / 10).toFixed(3);
  const title = whatWasAsked(trace.summary);
  const ticks = axisTicks(tree.extent, 700);
  const axis = ticks
    .map((tick) => `<i style="left:${(tick.at * 100).toFixed(3)}%">${escaped(tick.label)}</i>`)
    .join("");
  const grid = ticks.map((tick) => `<u style="left:${(tick.at * 100).toFixed(3)}%"></u>`).join("");

  const rows = tree.parts.map((part) => {
    const { entity } = part;
    const end = partEnd(entity, high);
    const width = Math.max(0, Number(place(end)) - Number(place(entity.start)));
    const type = entity.kind === "subsegment" ? "" : typeName(entity.origin || part.service?.type || "");
    const document = documents.get(entity.id);
    const details = document === undefined ? "" : escaped(JSON.stringify(document, null, 2));
    const fold =
      part.children.length > 0
        ? `<button class="f" aria-expanded="true" aria-label="Fold">▾</button>`
        : `<b class="f"></b>`;
    const waits = part.waits
      .map(
        ([from, to]) =>
          `<s style="left:${place(from)}%;width:${(Number(place(to)) - Number(place(from))).toFixed(3)}%"></s>`,
      )
      .join("");
    return (
      `<div class="r ${entity.kind} ${entity.outcome}" data-d="${entity.depth}">` +
      `<span class="n" style="padding-left:${entity.depth * 14}px">${fold}` +
      `<span class="l">${escaped(entity.name.replace(/^## /, ""))}</span><small>${escaped(type)}</small></span>` +
      `<span class="s">${MARKS[entity.outcome]} ${escaped(statusOf(entity))}</span>` +
      `<span class="t">${entity.end === null ? "…" : escaped(duration(end - entity.start))}</span>` +
      `<span class="g">${grid}<em class="${entity.end === null ? "open" : ""}" style="left:${place(entity.start)}%;width:${width.toFixed(3)}%"></em>` +
      waits +
      `${besideOf(Number(place(entity.start)), Number(place(end)), entity.title ?? "")}</span>` +
      `</div>${details === "" ? "" : `<pre hidden>${details}</pre>`}`
    );
  });

  const { summary, verdict } = trace;
  const facts: [string, string][] = [
    [
      "Outcome",
      `${MARKS[trace.outcome]} ${NAMES[trace.outcome]}${summary.status === null ? "" : ` (${summary.status})`}`,
    ],
    ["Took", duration(trace.duration)],
    ["When", dateTime(trace.start, how.zone, "ms")],
    ["Who", summary.users.join(", ")],
    ["From", summary.client_ip ?? ""],
    ["Services", summary.services.map((service) => service.name).join(", ")],
    ["Id", trace.id],
    ["W3C id", trace.w3c_id],
    ...Object.entries(summary.annotations).map(([key, values]): [string, string] => [
      key,
      values.map(String).join(", "),
    ]),
  ];
  const warnings = trace.missing
    .filter((one) => !verdict.details.includes(one.why))
    .map((one) => `<li>⚠ ${escaped(one.why)}</li>`)
    .join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escaped(title)}</h1>
<dl>${facts
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`)
    .join("")}</dl>
<section class="v ${verdict.tone}"><p>${escaped(verdict.headline)}</p>
<ul>${verdict.details.map((sentence) => `<li>${escaped(sentence)}</li>`).join("")}${warnings}</ul></section>
<nav><input type="search" placeholder="Search" aria-label="Search"><button id="all">Expand all</button><button id="none">Collapse all</button><span id="found" role="status"></span></nav>
</header>
<main>
<div class="r h"><span class="n">Name</span><span class="s">Status</span><span class="t">Time</span><span class="g a">${axis}</span></div>
${rows.join("\n")}
</main>
<footer>${plural(tree.parts.length, "part")}. Exported from Radiograph on ${escaped(dateTime(how.at, how.zone))}. A click on a row shows what was recorded; a line under a bar tells when the answer was waiting for it.</footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function statusOf(entity: Entity): string {
  if (entity.in_progress) return "in progress";
  return entity.status === null ? NAMES[entity.outcome] : String(entity.status);
}

/** The title goes where there is room: after the bar, before it, or on it with a ground of its own. */
function besideOf(from: number, to: number, title: string): string {
  if (title === "") return "";
  const [where, style] =
    to < 62
      ? ["", `left:calc(${to.toFixed(3)}% + 6px)`]
      : from > 38
        ? ["", `right:calc(${(100 - from).toFixed(3)}% + 6px)`]
        : [" i", `left:calc(${from.toFixed(3)}% + 8px)`];
  return `<span class="b${where}" style="${style}">${escaped(title)}</span>`;
}

const STYLE = `
:root{color-scheme:light dark;--bg:#f9fbfc;--text:#14202a;--soft:#465764;--line:#d8e0e6;--ok:#12734a;--error:#895700;--throttle:#6845c6;--fault:#c12d2a;--hover:#e9eff3}
@media(prefers-color-scheme:dark){:root{--bg:#0a1017;--text:#dfe8ef;--soft:#a3b4c2;--line:#253542;--ok:#45bd86;--error:#e2a63a;--throttle:#ac98ff;--fault:#ff716b;--hover:#16222e}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:13px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums}
header,footer{padding:16px 20px}
footer{color:var(--soft)}
h1{margin:0 0 8px;font-size:17px;overflow-wrap:anywhere}
dl{display:flex;flex-wrap:wrap;gap:2px 20px;margin:0 0 12px}
dl div{display:flex;gap:6px}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
.v{max-width:76ch;margin-bottom:12px;padding:10px 14px;border:1px solid var(--line);border-left:3px solid var(--ok);border-radius:6px}
.v.fault{border-left-color:var(--fault)}.v.error,.v.partial{border-left-color:var(--error)}.v.throttle{border-left-color:var(--throttle)}
.v p{margin:0;font-weight:600}
.v ul{margin:4px 0 0;padding-left:18px;color:var(--soft)}
nav{display:flex;gap:8px;align-items:center}
nav input,nav button{height:28px;padding:0 10px;border:1px solid var(--soft);border-radius:6px;background:none;color:inherit;font:inherit}
.r{display:grid;grid-template-columns:minmax(200px,32%) 90px 76px minmax(0,1fr);height:26px;padding:0 20px;line-height:26px;cursor:pointer}
.r:hover{background:var(--hover)}
.r.h{position:sticky;top:0;z-index:1;border-bottom:1px solid var(--line);background:var(--bg);color:var(--soft);cursor:default}
.n,.s,.t,.b{overflow:hidden;white-space:nowrap;text-overflow:ellipsis}
.t{padding-right:12px;text-align:right;color:var(--soft)}
.segment .l{font-weight:600}
.inferred .l{font-style:italic}
small{margin-left:6px;color:var(--soft)}
.f{display:inline-block;width:18px;padding:0;border:0;background:none;color:var(--soft);font:inherit;cursor:pointer}
.f[aria-expanded=false]{transform:rotate(-90deg)}
.g{position:relative;overflow:hidden}
.g u{position:absolute;top:0;bottom:0;width:1px;background:var(--line)}
.g i{position:absolute;padding-left:4px;border-left:1px solid var(--line);font-size:11px;font-style:normal}
.g em{position:absolute;top:8px;height:10px;min-width:2px;border-radius:2px;background:var(--ok)}
.error .g em{background:var(--error)}.throttle .g em{background:var(--throttle)}.fault .g em{background:var(--fault)}
.error .s{color:var(--error)}.throttle .s{color:var(--throttle)}.fault .s{color:var(--fault)}
.inferred .g em{border:1px solid currentColor;opacity:.55}
.g em.open{border:1px dashed var(--text);opacity:.6}
.g s{position:absolute;top:20px;height:3px;min-width:2px;background:var(--text)}
.b{position:absolute;max-width:100%;color:var(--soft);font-size:12px}
.b.i{top:5px;padding:0 5px;border-radius:3px;background:var(--bg);color:var(--text);line-height:16px}
.m{outline:2px solid var(--soft);outline-offset:-2px}
pre{margin:0;padding:10px 40px;border-block:1px solid var(--line);overflow:auto;max-height:420px;font:12px/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere}
[hidden]{display:none!important}
`.trim();

/** Plain script: it only shows and hides what is there. */
const SCRIPT = `
(function(){
var rows=[].slice.call(document.querySelectorAll(".r[data-d]"));
var depth=rows.map(function(r){return +r.dataset.d});
var shut=rows.map(function(){return false});
function details(r){var n=r.nextElementSibling;return n&&n.tagName==="PRE"?n:null}
function draw(){var hide=Infinity;rows.forEach(function(r,i){
if(depth[i]<=hide)hide=Infinity;
r.hidden=hide<depth[i];
if(r.hidden){var d=details(r);if(d)d.hidden=true}
var b=r.querySelector("button.f");if(b)b.setAttribute("aria-expanded",String(!shut[i]));
if(!r.hidden&&shut[i])hide=depth[i];
})}
rows.forEach(function(r,i){r.addEventListener("click",function(e){
if(e.target.closest("button.f")){shut[i]=!shut[i];draw();return}
var d=details(r);if(d)d.hidden=!d.hidden})});
function set(v){shut=shut.map(function(){return v});draw()}
document.getElementById("all").addEventListener("click",function(){set(false)});
document.getElementById("none").addEventListener("click",function(){set(true)});
document.querySelector("input").addEventListener("input",function(e){
var q=e.target.value.trim().toLowerCase();var n=0;var first=null;
if(q)set(false);
rows.forEach(function(r){var d=details(r);
var m=q!==""&&(r.textContent+(d?d.textContent:"")).toLowerCase().indexOf(q)>=0;
r.classList.toggle("m",m);if(m){n++;first=first||r}});
document.getElementById("found").textContent=q?n+" found":"";
if(first)first.scrollIntoView({block:"center"})});
})();
`.trim();
