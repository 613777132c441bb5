import { readFileSync } from 'node:fs';
import process from 'node:process';
import { createAllocator } from '../dist/allocators/registry.js';
import { parseResources } from '../dist/cluster/resources/text.js';
import { Roles } from '../dist/cluster/roles.js';
import { MasterHost } from '../dist/realnet/master/master-host.js';
import { LegacyState } from '../dist/realnet/state/legacy-state.js';
import { encodeSliced } from '../dist/realnet/state/sliced.js';
import { V1State } from '../dist/realnet/state/v1-state.js';
import { Timers } from '../dist/realnet/timers.js';
import { wallClock } from '../dist/realnet/clock.js';
import { messageType } from '../dist/realnet/wire/schema.js';
import { SLICE_MS } from '../dist/realnet/state/slices.js';

const AGENTS = 10_000;
const TASKS = 100_000;

/** How long the answers about a large cluster hold the loop at once, as they are made in slices. */
export function stateSlices() {
  const host = largeMaster();
  const address = { id: 'm', ip: '127.0.0.1', hostname: 'h', port: 5050 };
  const legacy = new LegacyState(host);
  const v1 = new V1State(host, () => []);
  const response = messageType('master', 'Response').type;
  const answers = {
    '/state': () => encodedOf(legacy.state(address, 0, {}, {}), undefined, 'json'),
    GET_STATE: () => encodedOf(v1.state(), undefined, 'json'),
    'GET_STATE, protobuf': () => encodedOf(v1.state(), response.fields.get_state.resolvedType, 'protobuf'),
  };
  for (const [name, make] of Object.entries(answers)) {
    for (let run = 0; run < 3; run++) {
      const { slices, bytes } = inSlices(make());
      slices.sort((a, b) => a - b);
      const at = (part) => slices[Math.min(slices.length - 1, Math.floor(slices.length * part))].toFixed(1);
      console.log(
        `state      ${name}: ${(bytes / 1e6).toFixed(0)} MB in ${slices.length} slices; ` +
          `median ${at(0.5)} ms, 99 % ${at(0.99)} ms, longest ${at(1)} ms`,
      );
    }
  }
  host.stop();
}

function* encodedOf(content, type, encoding) {
  return yield* encodeSliced(type, encoding, yield* content);
}

/** As the servers do it, and how long each slice took: time of this thread on a processor, in milliseconds. */
function inSlices(work) {
  const slices = [];
  for (;;) {
    const start = threadMs();
    const end = performance.now() + SLICE_MS;
    let step;
    do step = work.next();
    while (step.done !== true && performance.now() < end);
    slices.push(threadMs() - start);
    if (step.done === true)
      return { slices, bytes: step.value.reduce((sum, piece) => sum + piece.length, 0) };
  }
}

function threadMs() {
  return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6;
}

function largeMaster() {
  const roles = new Roles();
  const clock = wallClock();
  const allocator = createAllocator('drf', {
    roles,
    random: () => () => 0.5,
    offers: 'coarse',
    agentOrder: 'first-fit',
    intervalUs: 1e6,
    instant: false,
    minAllocatable: [],
    fairnessExclude: [],
    roleSorter: 'drf',
    frameworkSorter: 'drf',
  });
  const host = new MasterHost({
    masterId: 'm',
    roles,
    allocator,
    intervalUs: 1e9,
    clock,
    timers: new Timers(clock),
  });
  const { names } = host;
  const role = roles.intern('eng');
  const frameworks = Array.from({ length: 10 }, (_, index) => {
    const id = `m-${String(index).padStart(4, '0')}`;
    const framework = names.frameworks.intern(id);
    const info = {
      name: `f${index}`,
      id,
      roles: [role],
      capabilities: ['MULTI_ROLE'],
      failoverTimeoutUs: 1e9,
      user: 'root',
      payload: { user: 'root', name: `f${index}`, id: { value: id }, roles: ['eng'] },
    };
    host.step({ type: 'SUBSCRIBE', framework, info, suppressedRoles: [role] });
    return framework;
  });
  const resources = parseResources('cpus:0.1;mem:32');
  for (let index = 0; index < AGENTS; index++) {
    const id = `m-S${index}`;
    const agent = names.agents.intern(id);
    const info = {
      id,
      hostname: `host${index}`,
      ip: '10.0.0.1',
      port: 5051,
      total: parseResources('cpus:16;mem:65536;ports:[31000-32000]'),
      attributes: [{ name: 'rack', type: 'TEXT', text: `r${index % 40}` }],
      capabilities: ['MULTI_ROLE'],
    };
    const tasks = Array.from({ length: TASKS / AGENTS }, (_, at) => {
      const framework = frameworks[at % frameworks.length];
      const task = names.taskId(framework, `task-${index}-${at}`);
      const command = { value: 'sleep 1000', shell: true };
      const spec = { name: 'a task', payload: { task: { command } } };
      return { framework, role, task, resources, spec, state: 'TASK_RUNNING' };
    });
    host.step({ type: 'REGISTER_AGENT', agent, info, tasks });
  }
  process.stderr.write(`${host.master.tasks.size} tasks on ${AGENTS} agents\n`);
  return host;
}
