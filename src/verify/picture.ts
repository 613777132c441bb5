/** Who holds what of some goods: a bar per good, a part per holder. Plain data. */
export interface Picture {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  readonly total: number;
  readonly parts: readonly { readonly holder: string; readonly amount: number }[];
}

/** Colours told apart by people who see red and green alike (Okabe and Ito, 2008). */
const COLOURS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#f0e442'];
const [LEFT, WIDTH, ROW, BAR] = [110, 420, 30, 20];

/** The picture as SVG: no script, no outside address, text as text. */
export function svgOf({ title, bars }: Picture): string {
  const holders = [...new Set(bars.flatMap(({ parts }) => parts.map(({ holder }) => holder)))].sort();
  const colour = (holder: string): string => COLOURS[holders.indexOf(holder) % COLOURS.length];
  const titles = wrap(title, 84);
  const top = 14 + 18 * titles.length;
  const legendAt = top + bars.length * ROW + 18;
  const height = legendAt + 22;
  const lines = titles.map((line, i) => text(10, 20 + 18 * i, line, 'font-weight="bold"'));
  bars.forEach((bar, i) => {
    const y = top + i * ROW;
    const scale = WIDTH / Math.max(bar.total, sumOf(bar), 1e-9);
    lines.push(text(LEFT - 8, y + 15, bar.label, 'text-anchor="end"'));
    lines.push(rectangle(LEFT, y, bar.total * scale, 'fill="#f2f2f2" stroke="#666"'));
    let x = LEFT;
    for (const { holder, amount } of bar.parts) {
      if (amount <= 0) continue;
      const name = `<title>${escape(`${holder}: ${short(amount)} of ${short(bar.total)}`)}</title>`;
      lines.push(rectangle(x, y, amount * scale, `fill="${colour(holder)}" stroke="#fff"`, name));
      x += amount * scale;
    }
    lines.push(text(LEFT + WIDTH + 8, y + 15, `${short(sumOf(bar))} of ${short(bar.total)}`));
  });
  holders.forEach((holder, i) => {
    const x = LEFT + i * 90;
    lines.push(`<rect x="${x}" y="${legendAt - 10}" width="12" height="12" fill="${colour(holder)}"/>`);
    lines.push(text(x + 17, legendAt, holder));
  });
  const width = Math.max(640, LEFT + holders.length * 90 + 20);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"` +
      ' font-family="sans-serif" font-size="13">',
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

function sumOf({ parts }: Bar): number {
  return parts.reduce((sum, { amount }) => sum + Math.max(0, amount), 0);
}

function text(x: number, y: number, content: string, more = ''): string {
  return `<text x="${short(x)}" y="${y}" ${more}>${escape(content)}</text>`;
}

function rectangle(x: number, y: number, width: number, look: string, inner = ''): string {
  return `<rect x="${short(x)}" y="${y}" width="${short(width)}" height="${BAR}" ${look}>${inner}</rect>`;
}

function short(value: number): string {
  return String(Number(value.toFixed(3)));
}

function wrap(content: string, columns: number): string[] {
  const lines = [''];
  for (const word of content.split(' ')) {
    const last = lines.length - 1;
    if (lines[last] !== '' && lines[last].length + 1 + word.length > columns) lines.push(word);
    else lines[last] += `${lines[last] === '' ? '' : ' '}${word}`;
  }
  return lines;
}

function escape(content: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return content.replace(/[&<>"]/g, (character) => names[character]);
}
