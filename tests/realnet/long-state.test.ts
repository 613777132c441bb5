import { afterEach, expect, it } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { statusUpdate } from '../../src/cluster/task.js';
import { PLAIN_ALLOCATION, startMaster, type RunningMaster } from '../../src/realnet/master/start-master.js';
import { LegacyState } from '../../src/realnet/state/legacy-state.js';
import { encodeSliced, type Sliced } from '../../src/realnet/wire/sliced.js';
import { V1State } from '../../src/realnet/state/v1-state.js';

const AGENTS = 200;
const TASKS = 10;

let master: RunningMaster | undefined;

afterEach(async () => {
  await master?.stop();
});

/** Agents that register with tasks of two frameworks. */
async function fill(): Promise<RunningMaster['host']> {
  master = await startMaster({
    ip: '127.0.0.1',
    port: 0,
    hostname: 'localhost',
    allocator: (options) => createAllocator('drf', options),
    allocation: { ...PLAIN_ALLOCATION, agentOrder: 'first-fit', intervalUs: 1e12, minAllocatable: [] },
    seed: 'test',
    log: { info() {}, warn() {}, debug() {}, error: console.error },
  });
  const { host } = master;
  const { names } = host;
  const role = names.roles.intern('eng');
  const frameworks = ['f0', 'f1'].map((id) => {
    const framework = names.frameworks.intern(id);
    const info = { name: id, id, roles: [role], capabilities: ['MULTI_ROLE' as const], payload: {} };
    host.step({ type: 'SUBSCRIBE', framework, info, suppressedRoles: [role] });
    return framework;
  });
  for (let index = 0; index < AGENTS; index++) {
    const id = `S${index}`;
    const agent = names.agents.intern(id);
    const total = parseResources('cpus:16;mem:65536;ports:[1-100]');
    const info = { id, hostname: id, total, attributes: [], capabilities: ['MULTI_ROLE' as const] };
    const tasks = Array.from({ length: TASKS }, (_, at) => ({
      framework: frameworks[at % 2],
      role,
      task: names.taskId(frameworks[at % 2], `t-${index}-${at}`),
      resources: parseResources(`cpus:0.5;mem:32;ports:[${at + 1}-${at + 1}]`),
      spec: { name: 'a task' },
      state: 'TASK_RUNNING' as const,
    }));
    host.step({ type: 'REGISTER_AGENT', agent, info, tasks });
  }
  return host;
}

/** Makes an answer turn by turn. @param meanwhile called once, between turns @returns it, and how many turns there were */
function made(
  content: Generator<undefined, Sliced>,
  after: number,
  meanwhile: () => void,
): [unknown, number] {
  const work = (function* () {
    return yield* encodeSliced(undefined, 'json', yield* content);
  })();
  for (let turns = 0; ; turns++) {
    if (turns === after) meanwhile();
    const step = work.next();
    if (step.done === true) return [JSON.parse(Buffer.concat(step.value).toString('latin1')), turns];
  }
}

interface Named {
  readonly id?: string;
  readonly task_id?: { readonly value: string };
}

interface Using {
  readonly allocated_resources?: readonly {
    readonly name: string;
    readonly scalar?: { readonly value: number };
  }[];
}

function cpusOf(rows: readonly Using[]): number {
  const entries = rows.flatMap(({ allocated_resources: resources }) => resources ?? []);
  return entries.reduce((sum, { name, scalar }) => sum + (name === 'cpus' ? (scalar?.value ?? 0) : 0), 0);
}

const ALL = Array.from({ length: AGENTS }, (_, agent) =>
  Array.from({ length: TASKS }, (__, at) => `t-${agent}-${at}`),
).flat();

// As it begins; while tasks are gone through; and while they are written.
it.each([0, 20, 300, 1000])(
  'a long answer has every task once and sums that agree, when some tasks end in turn %d',
  async (turn) => {
    const host = await fill();
    const [v1, legacy] = [new V1State(host, () => []), new LegacyState(host)];
    const ended = ALL.filter((_, at) => at % 7 === 3);
    const end = (): void => {
      for (const name of ended.splice(0)) {
        const [, index, at] = name.split('-').map(Number);
        const framework = at % 2;
        const task = host.names.taskId(framework, name);
        host.step(
          statusUpdate(
            framework,
            index,
            task,
            'TASK_FINISHED',
            1,
            'SOURCE_EXECUTOR',
            undefined,
            undefined,
            1,
          ),
        );
        host.step({ type: 'ACKNOWLEDGE', framework, agent: index, task, update: 1 });
      }
    };
    const [state, turns] = made(v1.state(), turn, end);
    expect(turns).toBeGreaterThan(AGENTS * TASKS);
    const {
      get_tasks: tasks,
      get_agents: agents,
      get_frameworks: frameworks,
    } = state as {
      get_tasks: { tasks: Named[]; unreachable_tasks: Named[]; completed_tasks: Named[] };
      get_agents: { agents: Using[] };
      get_frameworks: { frameworks: Using[] };
    };
    const names = [...tasks.tasks, ...tasks.unreachable_tasks, ...tasks.completed_tasks].map(
      ({ task_id: id }) => id?.value,
    );
    expect(names.sort()).toEqual([...ALL].sort());
    expect(agents.agents).toHaveLength(AGENTS);
    expect(cpusOf(agents.agents)).toBe(cpusOf(frameworks.frameworks));
    const summary = made(
      legacy.summary({ id: 'm', ip: '127.0.0.1', hostname: 'h', port: 1 }),
      -1,
      end,
    )[0] as {
      slaves: { TASK_RUNNING: number; TASK_FINISHED: number; framework_ids: string[] }[];
      frameworks: { TASK_RUNNING: number; TASK_FINISHED: number; slave_ids: string[] }[];
    };
    for (const count of ['TASK_RUNNING', 'TASK_FINISHED'] as const) {
      const sum = (rows: readonly Record<typeof count, number>[]): number =>
        rows.reduce((total, row) => total + row[count], 0);
      expect(sum(summary.slaves)).toBe(sum(summary.frameworks));
    }
    expect(summary.slaves.map(({ framework_ids: ids }) => ids)).toEqual(
      Array.from({ length: AGENTS }, () => ['f0', 'f1']),
    );
    expect(summary.frameworks.map(({ slave_ids: ids }) => ids.length)).toEqual([AGENTS, AGENTS]);
  },
);
