#pragma once

// How a report looks: light and dark, on a screen wide or narrow, on paper.

namespace maskaudit::detail {

inline constexpr const char* report_style = R"css(
:root {
  color-scheme: light;
  --ground: #f4f5f7; --surface: #ffffff; --raised: #ffffff; --well: #e9ebef;
  --ink: #1b2027; --muted: #5a6472; --line: #d9dde3;
  --accent: #1f5fbf; --accent-ink: #ffffff; --accent-soft: #e3ecf9;
  --heat: 187 48 32; --heat-ink: #ffffff;
  --error: #b3261e; --fine: #1c7440; --unsure: #8a5a00;
  --shadow: 0 1px 2px rgb(20 30 50 / .08), 0 2px 8px rgb(20 30 50 / .05);
  --overlay: .85;
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
}
:root[data-theme="dark"] {
  color-scheme: dark;
  --ground: #0f1216; --surface: #171b21; --raised: #1d222a; --well: #0a0c0f;
  --ink: #e4e8ee; --muted: #97a1b0; --line: #2b323c;
  --accent: #7fb0ff; --accent-ink: #0b1526; --accent-soft: #1c2a42;
  --heat: 255 138 108; --heat-ink: #1a0a06;
  --error: #ff8b80; --fine: #6fd196; --unsure: #f0be5a;
  --shadow: none;
}

* { box-sizing: border-box; }
[hidden] { display: none !important; }
body { margin: 0; background: var(--ground); color: var(--ink); }
h1, h2, h3, p, dl, dd, ul, ol, figure { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h1 { font-size: 16px; font-weight: 650; max-width: 32ch; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
h2 { font-size: 14px; font-weight: 650; }
h3 { font-size: 12px; font-weight: 650; color: var(--muted); }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
small { font-size: 12px; color: var(--muted); font-weight: 400; }
kbd { font: 11px/1 ui-monospace, "DejaVu Sans Mono", monospace; padding: 1px 4px; border: 1px solid var(--line);
  border-bottom-width: 2px; border-radius: 4px; color: var(--muted); background: var(--ground); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }

button, select, input[type="search"] { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line);
  border-radius: 6px; padding: 3px 9px; min-height: 28px; }
button { cursor: pointer; }
button:hover:not(:disabled) { border-color: var(--accent); }
button:disabled { color: var(--muted); cursor: default; opacity: .65; }
button.round { flex: none; width: 28px; padding: 0; border-radius: 50%; }
button.chip { background: var(--accent-soft); border-color: transparent; max-width: 24em; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
button[aria-pressed="true"] { background: var(--accent-soft); border-color: var(--accent); }
select { max-width: 13em; }
input[type="search"] { width: 10em; }
input[type="range"], input[type="checkbox"] { accent-color: var(--accent); vertical-align: middle; }
.check { display: inline-flex; gap: 6px; align-items: center; color: var(--muted); font-size: 12.5px; }
.hint { color: var(--muted); font-size: 12.5px; }

/* The bar */
.bar { position: sticky; top: 0; z-index: 5; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 20px;
  padding: 8px 20px; background: var(--surface); border-bottom: 1px solid var(--line); }
.bar nav { display: flex; gap: 2px; }
.bar nav a { padding: 4px 11px; border-radius: 6px; color: var(--muted); font-weight: 550; }
.bar nav a:hover { color: var(--ink); text-decoration: none; background: var(--ground); }
.bar nav a[aria-current] { color: var(--accent); background: var(--accent-soft); }
.bar .count { font-size: 12px; font-weight: 400; font-variant-numeric: tabular-nums; opacity: .8; }
.bar .tools { display: flex; align-items: center; gap: 8px; margin-left: auto; }
.bar .progress { color: var(--muted); font-size: 12.5px; font-variant-numeric: tabular-nums; white-space: nowrap; }
.notice { padding: 8px 20px; background: var(--accent-soft); font-size: 13px; }
main { max-width: 1720px; margin: 0 auto; padding: 16px 20px 40px; }

/* Overview */
.totals { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); overflow: hidden;
  background: var(--surface); border: 1px solid var(--line); border-radius: 10px; box-shadow: var(--shadow); }
.totals > div { padding: 11px 16px; box-shadow: -1px -1px 0 var(--line); }
.totals dt { color: var(--muted); font-size: 12.5px; }
.totals dd { font-size: 22px; font-weight: 620; font-variant-numeric: tabular-nums; letter-spacing: -.01em; }
.panes { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 4fr); gap: 14px; margin-top: 14px; align-items: stretch; }
.pane { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 13px 16px 14px;
  box-shadow: var(--shadow); min-width: 0; }
.matrix-pane { grid-column: 1 / -1; }

.histogram { position: relative; height: 190px; margin: 14px 0 26px 34px; border-bottom: 1px solid var(--line); display: flex; align-items: flex-end; }
.histogram .tick { position: absolute; left: 0; right: 0; border-top: 1px dashed var(--line); pointer-events: none; }
.histogram .tick span { position: absolute; right: 100%; transform: translateY(-50%); padding-right: 6px; font-size: 11px;
  color: var(--muted); font-variant-numeric: tabular-nums; }
.histogram .mark { position: absolute; top: 100%; transform: translateX(-50%); padding-top: 5px; font-size: 11px; color: var(--muted); }
.histogram button { position: relative; flex: 1 1 0; min-width: 0; min-height: 0; height: 100%; padding: 0; border: 0; border-radius: 0;
  background: none; z-index: 1; }
.histogram button i { position: absolute; left: 1px; right: 1px; bottom: 0; background: var(--accent); border-radius: 2px 2px 0 0; opacity: .82; }
.histogram button:hover i { opacity: 1; }
.histogram button:hover:not(:disabled) { background: var(--accent-soft); }

.swaps { margin-top: 8px; max-height: 246px; overflow: auto; }
.swaps button { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 10px; align-items: center; width: 100%; text-align: left;
  border-color: transparent; background: none; padding: 2px 6px; }
.swaps button:hover { background: var(--accent-soft); border-color: transparent; }
.swaps .pixels { font-variant-numeric: tabular-nums; }
.swap { display: flex; align-items: center; gap: 6px; min-width: 0; }
.swap .arrow { color: var(--muted); flex: none; }
.class { display: inline-flex; max-width: 100%; align-items: center; gap: 5px; min-width: 0; vertical-align: bottom; }
.class bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; max-width: 22em; }
.swatch { flex: none; width: 11px; height: 11px; border-radius: 3px; box-shadow: inset 0 0 0 1px rgb(128 128 128 / .55); }

.matrix-scroll { overflow: auto; max-height: 560px; margin-top: 10px; }
.matrix { border-collapse: separate; border-spacing: 2px; font-size: 12px; }
.matrix th { font-weight: 500; background: var(--surface); }
.matrix thead th { position: sticky; top: 0; z-index: 2; vertical-align: bottom; padding: 2px 0 4px; }
.matrix thead th .class { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 9.5em; flex-direction: row; }
.matrix thead th .class bdi { max-height: 8em; }
.matrix tbody th { position: sticky; left: 0; z-index: 1; text-align: left; padding: 0 8px 0 0; }
.matrix thead th:first-child { left: 0; z-index: 3; text-align: left; color: var(--muted); padding-right: 8px; }
.matrix tbody th .class bdi { max-width: 14em; }
.matrix td { min-width: 40px; height: 28px; padding: 0; text-align: center; background: var(--ground); border-radius: 4px; }
.matrix td.same { background: none; }
.matrix td button { width: 100%; height: 28px; min-height: 0; padding: 0 4px; border: 0; border-radius: 4px; font-size: 12px;
  font-variant-numeric: tabular-nums; background: rgb(var(--heat) / var(--level)); }
.matrix td button.strong { color: var(--heat-ink); }
.matrix td button:hover { box-shadow: 0 0 0 2px var(--accent); }

.facts { margin-top: 16px; color: var(--muted); font-size: 12px; display: grid; gap: 1px 12px; }
.facts > div { display: grid; grid-template-columns: minmax(0, 12em) minmax(0, 1fr); gap: 12px; overflow-wrap: anywhere; }
.facts dt, .facts dd { max-height: 6em; overflow: hidden; }
.none { color: var(--muted); padding: 28px 0; }

/* Galleries */
.filters { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; margin-bottom: 14px; font-size: 13px; color: var(--muted); }
.filters label { display: inline-flex; align-items: center; gap: 6px; }
.filters select, .filters input { color: var(--ink); }
.filters .order { padding: 3px 8px; margin-left: -8px; color: var(--ink); }
.filters .blend input { width: 110px; }
.filters .found { margin-left: auto; font-variant-numeric: tabular-nums; }
.cards { display: grid; gap: 12px; }
.cards.regions { grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)); }
.cards.images { grid-template-columns: repeat(auto-fill, minmax(min(100%, 370px), 1fr)); }
.card { position: relative; display: flex; flex-direction: column; background: var(--surface); border: 1px solid var(--line);
  border-radius: 10px; overflow: hidden; box-shadow: var(--shadow); content-visibility: auto; contain-intrinsic-size: auto 250px; }
.card.image { contain-intrinsic-size: auto 400px; }
.card:hover { border-color: var(--accent); }
.card:focus-within { border-color: var(--accent); box-shadow: 0 0 0 2px var(--accent); }
.card .open { display: block; color: inherit; text-decoration: none; outline: none; }
.card .about { padding: 9px 10px 10px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 3px; }
.card .numbers { display: flex; flex-wrap: wrap; gap: 0 8px; justify-content: space-between; color: var(--muted); font-size: 11.5px; font-variant-numeric: tabular-nums; }
.card.image .numbers { gap: 0 12px; justify-content: start; font-size: 12px; }
.card .name { font-size: 12.5px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.card.image .name { font-weight: 600; font-size: 13.5px; }
.card .swap { font-weight: 600; }
.picture { position: relative; display: grid; place-items: center; container-type: size; height: 160px; overflow: hidden; background: var(--well); }
.picture.large { height: 225px; }
.trio { display: grid; grid-template-columns: repeat(3, 1fr); gap: 1px; padding-top: 1px; background: var(--surface); font-size: 11px;
  color: var(--muted); text-align: center; }
.trio .picture { height: 84px; margin-bottom: 2px; }
.picture.dark { background: #12161c; }
.layers { position: relative; display: block; width: min(100cqw, 100cqh * var(--ratio)); aspect-ratio: var(--ratio); }
.layers img { position: absolute; inset: 0; width: 100%; height: 100%; display: block; }
.layers img:not([src]) { visibility: hidden; }
.layers .overlay { opacity: var(--overlay); }
.layers .mask { image-rendering: pixelated; }
.pictureless .picture, .pictureless .trio { display: none; }
.badge { position: absolute; top: 8px; left: 8px; padding: 1px 8px; border-radius: 9px; font-size: 12px; font-weight: 650;
  background: var(--surface); border: 1px solid currentColor; }
.badge:empty { display: none; }
[data-marked="error"] .badge { color: var(--error); }
[data-marked="fine"] .badge { color: var(--fine); }
[data-marked="unsure"] .badge { color: var(--unsure); }
.pictureless .badge { left: auto; right: 8px; }

/* The close look */
dialog { color: inherit; border: 0; }
#viewer { width: 100vw; height: 100vh; height: 100dvh; max-width: none; max-height: none; padding: 0; margin: 0; background: var(--ground); }
#viewer[open] { display: grid; grid-template-columns: minmax(0, 1fr) 300px; }
#viewer aside { background: var(--surface); border-left: 1px solid var(--line); padding: 12px 16px 16px; overflow: auto; display: flex;
  flex-direction: column; gap: 12px; }
.stage { outline: none; position: relative; display: grid; min-height: 0; min-width: 0; gap: 1px; background: var(--line);
  grid-template: minmax(0, 1fr) minmax(0, 1fr) / minmax(0, 9fr) minmax(0, 4fr); }
.pane-picture { position: relative; min-width: 0; min-height: 0; background: var(--well); }
.pane-picture.main { grid-row: 1 / -1; }
.pane-picture figcaption { position: absolute; top: 8px; left: 8px; z-index: 1; padding: 1px 8px; border-radius: 9px; font-size: 12px;
  background: var(--surface); border: 1px solid var(--line); pointer-events: none; }
.frame { width: 100%; height: 100%; container-type: size; display: grid; place-items: center; overflow: hidden; cursor: grab; touch-action: none; }
.frame:active { cursor: grabbing; }
.frame .layers { transform: translate(calc(var(--pan-x, 0) * 100%), calc(var(--pan-y, 0) * 100%)) scale(var(--zoom, 1)); }
.frame img { user-select: none; -webkit-user-drag: none; }
.frame img.overlay, .stage.close-up img, .frame img.mask { image-rendering: pixelated; }
.no-picture { display: none; grid-area: 1 / 1 / -1 / -1; place-content: center; background: var(--well); color: var(--muted); z-index: 2; }
.stage.pictureless .no-picture { display: grid; }
.stage.pictureless figure, #viewer:has(.stage.pictureless) .drawn { display: none; }
.viewer-head { display: flex; align-items: start; gap: 8px; justify-content: space-between; }
.viewer-head h2 { font-size: 15px; min-width: 0; overflow-wrap: anywhere; max-height: 4.4em; overflow: hidden; }
.steps { display: flex; justify-content: space-between; align-items: center; font-variant-numeric: tabular-nums; }
.marks { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; }
.marks .check { grid-column: 1 / -1; }
.marks button { padding: 5px 4px; font-weight: 600; white-space: nowrap; }
.marks [data-mark="error"] { color: var(--error); }
.marks [data-mark="fine"] { color: var(--fine); }
.marks [data-mark="unsure"] { color: var(--unsure); }
.marks button[aria-pressed="true"] { color: var(--surface); border-color: transparent; }
.marks [data-mark="error"][aria-pressed="true"] { background: var(--error); }
.marks [data-mark="fine"][aria-pressed="true"] { background: var(--fine); }
.marks [data-mark="unsure"][aria-pressed="true"] { background: var(--unsure); }
#viewer-swap { font-size: 15px; font-weight: 600; flex-wrap: wrap; }
#viewer-swap:empty, #viewer-link:empty { display: none; }
.details { display: grid; gap: 2px; font-size: 13px; }
.details > div { display: flex; justify-content: space-between; gap: 12px; }
.details dt { color: var(--muted); }
.details dd { font-variant-numeric: tabular-nums; text-align: right; min-width: 0; overflow-wrap: anywhere; max-height: 6em; overflow: hidden; }
.controls { display: grid; gap: 8px; padding: 12px 0; border: solid var(--line); border-width: 1px 0; }
.segments { display: flex; }
.segments button { flex: 1; border-radius: 0; margin-left: -1px; padding: 3px 4px; white-space: nowrap; font-size: 13px; }
.segments button:first-child { border-radius: 6px 0 0 6px; }
.segments button:last-child { border-radius: 0 6px 6px 0; }
.controls .blend { display: flex; gap: 10px; align-items: center; }
.controls .blend input { flex: 1; min-width: 0; }
.zoom { display: flex; gap: 6px; align-items: center; }
.zoom button { min-width: 30px; }
.zoom output { min-width: 4.5em; text-align: center; font-variant-numeric: tabular-nums; }
.legend { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2px; font-size: 12.5px; }
.sheet { padding: 18px 22px; border-radius: 12px; background: var(--surface); border: 1px solid var(--line); box-shadow: 0 12px 40px rgb(0 0 0 / .25);
  max-width: min(92vw, 480px); }
.sheet::backdrop { background: rgb(0 0 0 / .35); }
.sheet dl { display: grid; gap: 6px; margin: 12px 0; }
.sheet dl > div { display: grid; grid-template-columns: 12em 1fr; gap: 10px; }

@media (max-width: 860px) {
  main { padding: 12px; }
  .bar { padding: 8px 12px; }
  .panes { grid-template-columns: minmax(0, 1fr); }
  .cards.regions { grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); }
  #viewer[open] { grid-template: minmax(0, 1fr) minmax(0, 46%) / minmax(0, 1fr); }
  #viewer aside { border-left: 0; border-top: 1px solid var(--line); gap: 9px; }
  .stage { grid-template: minmax(0, 3fr) minmax(0, 2fr) / minmax(0, 1fr) minmax(0, 1fr); }
  .pane-picture.main { grid-area: 1 / 1 / 2 / -1; }
  .filters .found { margin-left: 0; }
  .sheet dl > div { grid-template-columns: 9em 1fr; }
}
@media (prefers-reduced-motion: no-preference) {
  .card, button { transition: border-color .12s, background-color .12s; }
}
@media print {
  .bar { position: static; }
  .bar nav, .tools button, .filters, .check, .notice { display: none; }
  body { background: none; }
  main > section[hidden] { display: block !important; }
  main > section { margin-bottom: 16px; }
  .card, .pane { break-inside: avoid; box-shadow: none; content-visibility: visible; }
  .matrix-scroll { max-height: none; overflow: visible; }
  .swaps { overflow: hidden; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
)css";

} // namespace maskaudit::detail
