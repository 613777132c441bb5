import { describe, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { JournalCheck, type JournalVerdict } from '../../src/cluster/journal/check-journal.js';
import type { JournalHeader } from '../../src/cluster/journal/format.js';
import { JournalError } from '../../src/cluster/journal/journal-error.js';
import { JournalWriter } from '../../src/cluster/journal/journal-writer.js';
import { readJournal } from '../../src/cluster/journal/read-journal.js';
import { Master } from '../../src/cluster/master/master.js';
import type { MasterEffects, MasterInput } from '../../src/cluster/protocol.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { Roles } from '../../src/cluster/roles.js';
import { statusUpdate } from '../../src/cluster/task.js';
import { randomStream } from '../../src/workloads/random-streams.js';

const header: JournalHeader = {
  masterId: 'm',
  allocator: 'drf',
  seed: 'a seed',
  version: '1.2.3',
  offers: 'coarse',
  agentOrder: 'random',
  intervalUs: 1_000_000,
  instant: false,
  minAllocatable: [{ cpus: 10 }],
  fairnessExclude: [],
  roleSorter: 'drf',
  frameworkSorter: 'drf',
};

const nothing: MasterEffects = {
  toFramework: () => {},
  toAgent: () => {},
  persist: () => {},
  timer: () => {},
};

function makeMaster(
  { masterId, allocator, seed, version: _, ...options }: JournalHeader,
  roles: Roles,
): Master {
  const random = (stream: string) => randomStream(seed, stream);
  const { intervalUs, instant } = options;
  const made = createAllocator(allocator, { ...options, roles, random });
  return new Master({ masterId, roles, allocator: made, intervalUs, instant });
}

/** Inputs of all kinds, sane and not, each with its time; role 1 is `eng`. */
const inputs: readonly (readonly [MasterInput, number])[] = [
  [{ type: 'UPDATE_WEIGHTS', weights: [{ role: 1, weight: 2.5 }] }, 0],
  [{ type: 'UPDATE_QUOTA', quotas: [{ role: 1, guarantees: { cpus: 1000 }, limits: {} }], force: true }, 0],
  ...[0, 1, 2, 3, 4].map(
    (agent) =>
      [
        {
          type: 'REGISTER_AGENT',
          agent,
          info: {
            id: `m-S${agent}`,
            hostname: `a${agent}`,
            total: parseResources('cpus:4;mem:1024;ports:[1-5];disk(eng):10'),
            attributes: [{ name: 'rack', type: 'TEXT', text: 'ü' }],
            capabilities: ['MULTI_ROLE'],
          },
          tasks: [],
          frameworks: [],
        },
        0,
      ] as unknown as readonly [MasterInput, number],
  ),
  [
    {
      type: 'SUBSCRIBE',
      framework: 0,
      info: { name: 'f', id: 'm-0000', roles: [1], capabilities: ['MULTI_ROLE', 'RESERVATION_REFINEMENT'] },
      suppressedRoles: [],
    } as unknown as MasterInput,
    3,
  ],
  [{ type: 'ALLOCATE' }, 1_000_000],
  [
    {
      type: 'ACCEPT',
      framework: 0,
      offers: [0],
      operations: [
        { type: 'LAUNCH', tasks: [{ task: 7, resources: parseResources('cpus:1'), spec: { name: 't' } }] },
      ],
      refuseUs: 5_000_000,
    },
    1_000_000,
  ],
  [{ type: 'DECLINE', framework: 0, offers: [1, 3, 2], refuseUs: 5_000_000 }, 1_000_001],
  [{ type: 'DECLINE', framework: 0, offers: [99, -1, 0.5], refuseUs: Infinity }, 1_000_001],
  [
    {
      type: 'REQUEST',
      framework: 0,
      asks: [
        {
          role: 1,
          resources: parseResources('cpus:1'),
          count: 3,
          allOrNothing: true,
          constraint: 'rack=r1',
          priority: -2,
        },
      ],
    },
    1_000_002,
  ],
  [{ type: 'SUPPRESS', framework: 0, roles: [1] }, 1_000_003],
  [{ type: 'REVIVE', framework: 0, roles: [1, 2 ** 40] }, 1_000_003],
  [statusUpdate(0, 0, 7, 'TASK_RUNNING', 1, 'SOURCE_AGENT', undefined, undefined, 2_000_000), 2_000_000],
  [
    statusUpdate(
      0,
      0,
      7,
      'TASK_FAILED',
      2,
      'SOURCE_EXECUTOR',
      'REASON_COMMAND_EXECUTOR_FAILED',
      'exit 1',
      3e6,
    ),
    3e6,
  ],
  [{ type: 'ACKNOWLEDGE', framework: 0, agent: 0, task: 7, update: 2 }, 3_000_000],
  [
    { type: 'ACKNOWLEDGE', framework: 0, agent: 0, task: 7, update: 'uuid' } as unknown as MasterInput,
    3_000_000,
  ],
  [{ type: 'KILL', framework: 0, task: -8, agent: 2 }, 3_000_000],
  [{ type: 'RECONCILE', framework: 0, tasks: [] }, 3_000_000],
  [{ type: 'DEACTIVATE_AGENT', agent: 3 }, 3_000_000],
  [{ type: 'AGENT_LOST', agent: 4, reason: 'REASON_AGENT_REMOVED' } as unknown as MasterInput, 4_000_000],
  [{ type: 'TIMER', kind: 'OFFER_TIMEOUT', key: 4 }, 4_000_000],
  [{ type: 'FRAMEWORK_DISCONNECTED', framework: 0 }, 4_000_000],
  [{ type: 'TEARDOWN', framework: 0 }, 1e15],
  [{ type: 'ALLOCATE' }, 1e15],
];

/** The journal of a master that was told all that. */
function journalOf(
  list: typeof inputs = inputs,
  options: { end?: boolean; every?: number } = {},
): Uint8Array {
  const roles = new Roles();
  roles.intern('eng');
  const parts: Uint8Array[] = [];
  const writer = new JournalWriter(header, roles, (bytes) => parts.push(bytes), options.every);
  const master = makeMaster(header, roles);
  for (const [input, now] of list) writer.step(master, input, now, nothing);
  expect(writer.inputs).toBe(list.length);
  if (options.end !== false) writer.end(master);
  writer.flush();
  return Uint8Array.from(Buffer.concat(parts));
}

function check(bytes: Uint8Array, make: typeof makeMaster = makeMaster): JournalVerdict {
  const running = new JournalCheck(bytes, make);
  for (;;) {
    const verdict = running.run(3);
    if (verdict !== undefined) return verdict;
  }
}

describe('a journal', () => {
  it('gives back every input and its time, and the header', () => {
    const journal = readJournal(journalOf());
    expect(journal.header).toEqual(header);
    const read = [...journal.entries].filter((entry) => entry.type === 'input');
    expect(read.map(({ input, now }) => [input, now])).toEqual(inputs);
    expect(journal.roles.path(1)).toBe('eng');
  });

  it('hands the effects on', () => {
    const roles = new Roles();
    roles.intern('eng');
    const told: string[] = [];
    const writer = new JournalWriter(header, roles, () => {});
    const master = makeMaster(header, roles);
    const effects: MasterEffects = { ...nothing, toFramework: (_, event) => told.push(event.type) };
    for (const [input, now] of inputs) writer.step(master, input, now, effects);
    expect(told.slice(0, 2)).toEqual(['SUBSCRIBED', 'OFFERS']);
  });

  it('comes out the same in a master made from its header', () => {
    expect(check(journalOf())).toEqual({
      inputs: inputs.length,
      outcome: 'same',
      problem: undefined,
      firstDivergence: undefined,
    });
    expect(check(journalOf(inputs, { every: 1 })).outcome).toBe('same');
  });
});

describe('a journal of another run', () => {
  it('is told apart at the first input whose effects differ', () => {
    const verdict = check(journalOf(), (head, roles) => makeMaster({ ...head, seed: 'another' }, roles));
    const at = inputs.findIndex(([{ type }]) => type === 'ALLOCATE');
    expect(verdict).toEqual({
      inputs: at + 1,
      outcome: 'diverged',
      problem: `input ${at} (ALLOCATE at 1 s) has other effects than in the journal`,
      firstDivergence: { index: at, now: 1_000_000, input: { type: 'ALLOCATE' } },
    });
  });

  it('is told apart by the state at its end when no effect shows it', () => {
    // A filter's length shows in nothing that the master says before the run is over.
    const change = (refuseUs: number): typeof inputs =>
      inputs
        .slice(0, 10)
        .map(([input, now]) => [input.type === 'ACCEPT' ? { ...input, refuseUs } : input, now] as const);
    const left = readJournal(journalOf(change(5_000_000)));
    const right = readJournal(journalOf(change(6_000_000)));
    const [leftEnd, rightEnd] = [[...left.entries].at(-1), [...right.entries].at(-1)];
    expect(leftEnd).toMatchObject({ type: 'end', inputs: 10 });
    expect(rightEnd).toMatchObject({ digest: (leftEnd as { digest: string }).digest });
    expect(rightEnd).not.toEqual(leftEnd);
  });
});

describe('a journal that is cut or damaged', () => {
  const whole = journalOf(inputs, { every: 4 });

  it('is checked as far as it goes', () => {
    const cut = check(journalOf(inputs, { end: false }));
    expect(cut).toMatchObject({
      inputs: inputs.length,
      outcome: 'same',
      problem: `the journal has no end: it stops after input ${inputs.length}`,
    });
  });

  it('never looks whole, wherever it is cut or changed', () => {
    const spoilt = (bytes: Uint8Array): string => {
      try {
        const { outcome, problem } = check(bytes);
        return outcome === 'same' && problem !== undefined ? 'cut' : outcome;
      } catch (error) {
        if (error instanceof JournalError) return 'no journal';
        throw error;
      }
    };
    for (let length = 0; length < whole.length; length += 13) {
      expect(spoilt(whole.subarray(0, length)), `cut at ${length}`).toMatch(/cut|no journal/);
    }
    for (let at = 0; at < whole.length; at += 13) {
      const changed = whole.slice();
      changed[at] ^= 1 << (at % 8);
      expect(spoilt(changed), `changed at ${at}`).toMatch(/damaged|no journal/);
    }
    // A length that is damaged to lead behind the file is no cut.
    const second = 8 + new DataView(whole.buffer, whole.byteOffset).getUint32(0, true);
    for (let bit = 0; bit < 32; bit++) {
      const changed = whole.slice();
      changed[second + (bit >> 3)] ^= 1 << (bit % 8);
      expect(spoilt(changed), `bit ${bit} of a length`).toBe('damaged');
    }
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('submit_s,duration_s,cpus,mem\n0,1,1,1\n')],
    ['zeros', new Uint8Array(100)],
  ])('is no journal at all: %s', (_, bytes) => {
    expect(() => new JournalCheck(bytes, makeMaster)).toThrow(
      'this is no journal of the format agora-journal/2',
    );
  });
});
