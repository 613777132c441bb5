/** What all pages have: a frame without scripts that asks for nothing from anywhere, and tables. */
import { escapeHtml } from './escape.js';
import { style } from './style.js';

/**
 * @param title plain text
 * @param body HTML
 */
export function pageHtml(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)} · Agora</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** @param rows cells as HTML */
export function tableHtml(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string): string =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table></div>`;
}

/** Names and what is to be said of them, as HTML. */
export function factsHtml(facts: readonly (readonly [name: string, fact: string])[]): string {
  return `<dl>${facts.map(([name, fact]) => `<dt>${name}</dt><dd>${fact}</dd>`).join('\n')}</dl>`;
}
