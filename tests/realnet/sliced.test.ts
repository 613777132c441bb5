import type { ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../../src/realnet/http/exchange.js';
import { SlicedAnswers } from '../../src/realnet/http/sliced-answer.js';
import { Grouped } from '../../src/realnet/state/grouped.js';
import { newPiece, PIECE, release } from '../../src/realnet/wire/pieces.js';
import { SharedPieces } from '../../src/realnet/wire/shared-pieces.js';
import { Each, encodeSliced, Joined, Sliced } from '../../src/realnet/wire/sliced.js';
import { inSlices, sortedInSlices } from '../../src/realnet/wire/slices.js';
import { messageType } from '../../src/realnet/wire/schema.js';

function resultOf<Result>(work: Generator<unknown, Result>): Result {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** So many that they do not fit into one piece. */
const MANY = Array.from({ length: 5000 }, (_, at) => ({ name: `flag-${at}`, value: 'é'.repeat(at % 9) }));

describe('a long answer in pieces', () => {
  it('is the same JSON as at once', () => {
    const rows = new Each([undefined, { a: 1 }, new Joined([{ b: 2 }, { c: [] }]), 'text']);
    const message = new Sliced({
      type: 'X',
      none: undefined,
      many: new Each(MANY),
      rows,
      empty: new Each([]),
    });
    const pieces = resultOf(encodeSliced(undefined, 'json', message));
    expect(pieces.length).toBeGreaterThan(2);
    const rowsAtOnce = [{ a: 1 }, { b: 2, c: [] }, 'text'];
    expect(JSON.parse(Buffer.concat(pieces).toString('latin1'))).toEqual({
      type: 'X',
      many: MANY,
      rows: rowsAtOnce,
      empty: [],
    });
  });

  it('is the same protobuf message as at once', () => {
    const { type } = messageType('master', 'Response');
    const flags = new Sliced({ flags: new Each([undefined, ...MANY]) });
    const message = new Sliced({ type: 'GET_FLAGS', get_flags: flags });
    const pieces = resultOf(encodeSliced(type, 'protobuf', message));
    expect(pieces.length).toBeGreaterThan(2);
    const read = type.toObject(type.decode(Buffer.concat(pieces)), { enums: String });
    expect(read).toEqual({ type: 'GET_FLAGS', get_flags: { flags: MANY } });
  });

  it('takes turns with others: a short one ends while a long one goes on', async () => {
    let isShortDone = false;
    const long = inSlices(
      (function* () {
        while (!isShortDone) yield undefined;
        return 'long';
      })(),
    );
    const short = inSlices(
      (function* () {
        yield undefined;
        return 'short';
      })(),
    ).then((result) => {
      isShortDone = true;
      return result;
    });
    expect(await Promise.all([long, short])).toEqual(['long', 'short']);
  });

  it('that fails says so, and the others go on', async () => {
    const failing = inSlices(
      (function* (): Generator<undefined, string> {
        yield undefined;
        throw new Error('broken');
      })(),
    );
    const other = inSlices(
      (function* () {
        yield undefined;
        return 'done';
      })(),
    );
    await expect(failing).rejects.toThrow('broken');
    expect(await other).toBe('done');
  });

  it('is sorted as an array sorts, equal items in their order', () => {
    const items = Array.from({ length: 3333 }, (_, at) => ({ at, key: (at * 7919) % 101 }));
    const compare = (a: { key: number }, b: { key: number }): number => a.key - b.key;
    expect(resultOf(sortedInSlices(items, compare))).toEqual([...items].sort(compare));
    expect(resultOf(sortedInSlices([], compare))).toEqual([]);
  });
});

describe('the pieces of an answer', () => {
  const one = function* (letter: string): Generator<undefined, Uint8Array[]> {
    const piece = newPiece().fill(letter);
    yield undefined;
    return [piece];
  };

  it('stay as they are while somebody reads them, and are used again afterwards', async () => {
    const shared = new SharedPieces();
    let end: () => void = () => undefined;
    const isRead = new Promise<void>((resolve) => {
      end = resolve;
    });
    const seen: string[] = [];
    const buffers = new Set<ArrayBufferLike>();
    const look = ([piece]: readonly Uint8Array[]): Promise<void> => {
      seen.push(String.fromCharCode(piece[0]));
      buffers.add(piece.buffer);
      return Promise.resolve();
    };
    const slow = shared.make(
      'a',
      () => one('a'),
      async (pieces) => {
        await isRead;
        await look(pieces);
      },
    );
    await shared.make('b', () => one('b'), look);
    end();
    await slow;
    expect(seen).toEqual(['b', 'a']);
    expect(buffers.size).toBe(2);
    await shared.make('c', () => one('c'), look);
    expect(buffers.size).toBe(2);
  });

  it('are free again when reading them fails', async () => {
    const shared = new SharedPieces();
    let before: ArrayBufferLike | undefined;
    const failing = shared.make(
      'a',
      () => one('a'),
      ([piece]) => {
        before = piece.buffer;
        return Promise.reject(new Error('gone'));
      },
    );
    await expect(failing).rejects.toThrow('gone');
    expect(newPiece().buffer).toBe(before);
  });

  it('are no others that only look like them, and each is free once', () => {
    const other = new Uint8Array(PIECE);
    release([other]);
    expect(newPiece().buffer).not.toBe(other.buffer);
    const piece = newPiece();
    release([piece, piece]);
    expect(newPiece().buffer).toBe(piece.buffer);
    expect(newPiece().buffer).not.toBe(piece.buffer);
  });
});

describe('positions by group', () => {
  it('come in the order in which they were added, and all by group', () => {
    const grouped = new Grouped();
    const items = Array.from({ length: 5000 }, (_, at) => (at * 31) % 700);
    items.forEach((group, at) => grouped.add(group, at));
    const expected = (group: number): number[] => [...items.keys()].filter((at) => items[at] === group);
    for (const group of [0, 1, 699]) expect([...grouped.of(group)]).toEqual(expected(group));
    expect([...grouped.of(700)]).toEqual([]);
    expect([...grouped.all()]).toEqual(Array.from({ length: 700 }, (_, group) => expected(group)).flat());
  });
});

describe('equal answers that are asked for at the same time', () => {
  it('are made once more for all who come while one is made, never from before they asked', async () => {
    let state = 0;
    let made = 0;
    let mayEnd = false;
    const make = function* (): Generator<undefined, Uint8Array[]> {
      made++;
      const seen = state;
      while (!mayEnd) yield undefined;
      return [Buffer.from(String(seen))];
    };
    const answers = new SlicedAnswers();
    const heard: Promise<string>[] = [];
    const ask = (): void => {
      heard.push(
        new Promise((resolve) => {
          const response = {
            destroyed: false,
            writeHead: () => undefined,
            once: () => undefined,
            end: (piece: Uint8Array) => resolve(Buffer.from(piece).toString()),
          } as unknown as ServerResponse;
          void answers.send({ response, method: 'GET' } as Exchange, 'application/json', '/state', make);
        }),
      );
    };
    ask();
    await turn();
    state = 1;
    ask();
    state = 2;
    ask();
    mayEnd = true;
    expect(await Promise.all(heard)).toEqual(['0', '2', '2']);
    expect(made).toBe(2);
    state = 3;
    ask();
    expect(await heard[3]).toBe('3');
  });

  it('tell all who wait that it could not be made, and can be asked for again', async () => {
    const answers = new SlicedAnswers();
    const make = function* (): Generator<undefined, Uint8Array[]> {
      yield undefined;
      throw new Error('broken');
    };
    const ask = (): Promise<void> => answers.send({} as Exchange, 'application/json', '/state', make);
    const asked = await Promise.allSettled([ask(), ask()]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(ask()).rejects.toThrow('broken');
  });
});
