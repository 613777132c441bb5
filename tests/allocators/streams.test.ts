import { expect, it } from 'vitest';
import { CountedStreams } from '../../src/allocators/streams.js';
import { randomStream } from '../../src/workloads/random-streams.js';

const source = (name: string) => randomStream('7', name);
const some = (draw: () => number, count: number): number[] => Array.from({ length: count }, draw);

it('a stream and its copies draw the same from where they parted, whoever draws first', () => {
  const expected = some(source('agents'), 20);
  const streams = new CountedStreams(source);
  const draw = streams.stream('agents');
  expect(some(draw, 3)).toEqual(expected.slice(0, 3));
  const first = new CountedStreams(streams);
  const inFirst = first.stream('agents');
  expect(some(inFirst, 5)).toEqual(expected.slice(3, 8));
  expect(some(draw, 7)).toEqual(expected.slice(3, 10));
  const second = new CountedStreams(streams).stream('agents');
  expect(some(inFirst, 6)).toEqual(expected.slice(8, 14));
  expect(some(second, 10)).toEqual(expected.slice(10, 20));
  expect(some(draw, 10)).toEqual(expected.slice(10, 20));
  expect(streams.draws()).toEqual({ agents: 20 });
  expect(first.draws()).toEqual({ agents: 14 });
});
