export type Column = Float64Array | Int32Array | Uint8Array | Int8Array;

/** A copy with room for so many entries; new ones are 0. */
export function longer<Kind extends Column>(column: Kind, length: number): Kind {
  const copy = empty(column, length);
  copy.set(column);
  return copy;
}

/** A copy of rows that lie one behind the other, with room for so many rows of another width; new entries are 0. */
export function widerRows<Kind extends Column>(
  table: Kind,
  width: number,
  rows: number,
  wider: number,
): Kind {
  const copy = empty(table, rows * wider);
  for (let row = 0; (row + 1) * width <= table.length; row++) {
    copy.set(table.subarray(row * width, (row + 1) * width), row * wider);
  }
  return copy;
}

function empty<Kind extends Column>(like: Kind, length: number): Kind {
  return new (like.constructor as new (length: number) => Kind)(length);
}
