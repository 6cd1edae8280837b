/** How the report looks: on a screen, light or dark, and on paper. Nothing is fetched from anywhere. */
import { Html } from './html.ts'

export const REPORT_STYLE = new Html(`
:root { color-scheme: light dark;
  --ink: #16202c; --soft: #5a6675; --line: #dfe4ea; --page: #ffffff; --panel: #f6f8fa;
  --good: #1a6b3c; --good-back: #e4f4ea; --bad: #a3241b; --bad-back: #fbe7e5; --note: #7a5200; --note-back: #fdf3dc; --bar: #9db7d5; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e4e9ef; --soft: #98a4b3; --line: #2d3641; --page: #12171d; --panel: #1a2129;
  --good: #7fd6a1; --good-back: #173524; --bad: #ff9a90; --bad-back: #42201d; --note: #f0c674; --note-back: #3a2e12; --bar: #3d5a7a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 80rem; padding: 2.5rem 1.5rem 4rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.15rem; margin: 2.75rem 0 .75rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: .95rem; margin: 0 0 .5rem; }
p { margin: .4rem 0; max-width: 62rem; }
.soft { color: var(--soft); }
code, .mono { font: .86em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto;
  font: .84em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.verdict { margin: 1.25rem 0; padding: .9rem 1.1rem; border-radius: 8px; font-weight: 600; font-size: 1.05rem; }
.verdict p { font-weight: 400; font-size: .95rem; }
.pass { color: var(--good); } .verdict.pass { background: var(--good-back); }
.fail { color: var(--bad); } .verdict.fail { background: var(--bad-back); }
.note { color: var(--note); } .verdict.note { background: var(--note-back); }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: .7rem .9rem; }
.tile b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; line-height: 1.25; }
.tile span { color: var(--soft); font-size: .84rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.5rem 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8rem; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line); white-space: nowrap; }
td { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
td.num, th.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums; }
td.bar { width: 38%; } td.bar i { display: block; height: .55rem; margin-top: .42rem; background: var(--bar); border-radius: 3px; min-width: 2px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: .75rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.badge { display: inline-block; min-width: 3.2rem; text-align: center; border-radius: 4px; padding: 0 .4rem; font-size: .78rem; font-weight: 700; }
.badge.pass { background: var(--good-back); } .badge.fail { background: var(--bad-back); } .badge.note { background: var(--note-back); }
ul { margin: .4rem 0; padding-left: 1.2rem; max-width: 62rem; }
.eyebrow { text-transform: uppercase; letter-spacing: .06em; font-size: .75rem; margin: 0; }
.lead { font-size: 1.02rem; } .small { font-size: .84rem; }
section > h3, h2 ~ h3 { margin: 1.75rem 0 .1rem; }
.tile.none b { color: var(--soft); font-weight: 500; font-size: 1rem; line-height: 1.7; }
.tile.long b { font-size: .95rem; line-height: 1.7; overflow-wrap: anywhere; }
td.nothing { color: var(--soft); font-style: italic; font-family: inherit; white-space: nowrap; }
td.mono { overflow-wrap: break-word; } td.mono.long { min-width: 15rem; overflow-wrap: anywhere; } td.words { min-width: 7rem; } thead th, thead th.num { vertical-align: bottom; white-space: normal; }
th.mono { font: inherit; font-size: .8rem; font-weight: 600; overflow-wrap: normal; } td.short { white-space: nowrap; } td.time { font-size: .84rem; }
.verdict.unverified { font-size: 2.6rem; line-height: 1.15; letter-spacing: .02em; border: 3px solid var(--bad); text-align: center; }
.verdict.unverified p { font-size: 1rem; margin: .6rem auto 0; line-height: 1.4; letter-spacing: 0; }
.chart { margin: 1.25rem 0; } .chart figcaption { font-weight: 600; font-size: .9rem; margin-bottom: .35rem; }
.chart svg { width: 100%; height: auto; display: block; } .chart .drawn { fill: var(--bar); }
.chart text { fill: var(--soft); font-size: 11px; font-variant-numeric: tabular-nums; }
.chart .tick { stroke: var(--line); } .chart .axis { stroke: var(--soft); }
.sign .lines { display: grid; grid-template-columns: 2fr 1fr 2fr; gap: 2rem; margin-top: 3.5rem; }
.sign .lines span { border-top: 1px solid var(--soft); padding-top: .3rem; color: var(--soft); font-size: .84rem; }
@page { size: A4 landscape; margin: 13mm 12mm; }
@media print {
  :root { color-scheme: light; --ink: #16202c; --soft: #4c5763; --line: #cfd6de; --page: #fff; --panel: #f6f8fa;
    --good: #1a6b3c; --good-back: #e4f4ea; --bad: #a3241b; --bad-back: #fbe7e5; --note: #7a5200; --note-back: #fdf3dc; --bar: #9db7d5; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { font-size: 11px; } body { padding: 0; max-width: none; font-size: 10.5px; }
  h2, h3, h2 + p, h3 + p { break-after: avoid; } tr, .tile, .chart, .sign { break-inside: avoid; }
  thead { display: table-header-group; } .scroll { overflow: visible; }
  table { font-size: 9px; } th { white-space: normal; } .chart svg { width: 72%; } td.time { white-space: normal; min-width: 5.6rem; }
  td.mono, td.mono.long, td.words { min-width: 0; } td.short { white-space: normal; } td.mono { overflow-wrap: anywhere; } td { padding-right: .5rem; } .tiles { grid-template-columns: repeat(6, 1fr); gap: .4rem; }
}
`)
