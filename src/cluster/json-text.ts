/** What people write as JSON, and how to tell them what is wrong with it. */

/** What JSON.parse objects to, on one line and with the line and column where it can be told. */
export function jsonProblem(text: string, error: unknown): string {
  if (text.trim() === '') return 'the file is empty';
  // It quotes the text: what is in a file must not steer a terminal.
  const message = (error instanceof Error ? error.message : String(error)).replaceAll(
    /[\p{Cc}\p{Cf}]/gu,
    ' ',
  );
  const position = / (?:in JSON )?at position (\d+).*$/s.exec(message);
  if (position === null) return message.replace(/\s+/g, ' ');
  const before = text.slice(0, Number(position[1])).split('\n');
  const what = message.slice(0, position.index).replace(/\s+/g, ' ');
  return `${what} at line ${before.length}, column ${before[before.length - 1].length + 1}`;
}

/** `used.f1.dev`, `offers[0].agent`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`))
    .join('');
}

export function valueAt(json: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    json,
  );
}

/** A value as JSON, cut to a length that keeps a message short; `missing` where there is none. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'missing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
