/** The style sheet of a page: light and dark, wide and narrow, screen and paper. No font and no image from outside. */
export const style = `
:root { color-scheme: light dark;
  --page: #ffffff; --text: #1c2026; --muted: #626b78; --line: #d8dde4; --panel: #f6f7f9; --link: #1d5fa8; --warn: #9a3412;
  --c0: #2369b3; --c1: #c2570c; --c2: #1b7f4d; --c3: #8345d6; --c4: #b4233a; --c5: #75680a; --heat: #1d4f91; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14171b; --text: #e7e9ec; --muted: #a1a9b5; --line: #343a43; --panel: #1d2127; --link: #7db8f5; --warn: #fdba74;
  --c0: #6fb1f4; --c1: #f39c57; --c2: #5ecb8d; --c3: #bb9dff; --c4: #ff8f9c; --c5: #d9c351; --heat: #7fbcff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 840px; padding: 24px 24px 48px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 25px; line-height: 1.25; margin: 0 0 12px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 0 0 4px; }
h3 { font-size: 14px; margin: 0; overflow-wrap: anywhere; }
a { color: var(--link); }
section { margin: 40px 0 0; break-inside: avoid; }
.see { margin: 0 0 10px; max-width: 68ch; color: var(--muted); }
.data, .note, .panel-facts, footer { margin: 6px 0 0; font-size: 13px; color: var(--muted); overflow-wrap: anywhere; }
.partial { margin: 0 0 12px; padding: 8px 12px; border-left: 4px solid var(--warn);
  background: var(--panel); color: var(--warn); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
.tables { display: grid; gap: 16px; margin-top: 20px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 0 3px 18px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; text-align: left; white-space: normal; overflow-wrap: anywhere; }
th { color: var(--muted); font-weight: 500; }
svg { max-width: 100%; height: auto; display: block; }
.plot svg, .panel svg { font-size: 12px; }
.plot svg [aria-label*="grid"], .panel svg [aria-label*="grid"] { stroke: var(--text); }
.narrow { display: none; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 16px; }
.panel { break-inside: avoid; }
.panel-facts { margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; list-style: none; margin: 0 0 6px; padding: 0; font-size: 13px; }
.legend li { display: flex; align-items: center; gap: 6px; }
.scale { display: flex; align-items: center; gap: 8px; margin: 0 0 4px; font-size: 13px; color: var(--muted); }
.ramp { width: 140px; height: 12px; border: 1px solid var(--line);
  background: linear-gradient(to right, transparent, var(--heat)); }
footer { margin-top: 40px; border-top: 1px solid var(--line); padding-top: 10px; }
@media (max-width: 600px) {
  body { padding: 16px 14px 32px; }
  .wide { display: none; } .narrow { display: block; }
  table { font-size: 13px; } th, td { padding-left: 12px; } td:first-child { min-width: 76px; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 6px; }
}
@media print {
  :root { color-scheme: light; --page: #fff; --text: #000; --muted: #444; --line: #bbb; --panel: #fff; --link: #000;
    --warn: #000;
    --c0: #1f5fa6; --c1: #b04d08; --c2: #16693f; --c3: #6d35b8; --c4: #9c1c31; --c5: #5f5408; --heat: #1d4f91; }
  body { max-width: none; padding: 0; font-size: 11pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  .wide { display: block; } .narrow { display: none; }
  .panels { grid-template-columns: 1fr 1fr; }
  section { margin-top: 24px; }
  .data { display: none; }
  @page { margin: 15mm; }
}
`;
