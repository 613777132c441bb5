import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { createAllocator } from '../dist/allocators/registry.js';
import { parseResources } from '../dist/cluster/resources/text.js';
import { startMaster } from '../dist/realnet/master/start-master.js';
import { loopHolds } from './loop-holds.js';

const AGENTS = 10_000;
const TASKS = 100_000;

const RUNS = 3;

/** Reads an answer to its end, or the first record of a stream, and says how many bytes there were. */
const READER = `
  const [url, method, type, accept, body] = process.argv.slice(1);
  const headers = { 'content-type': type, accept };
  console.log('ready');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  const answer = await fetch(url, { method, headers, ...(method === 'POST' && { body }) });
  let bytes = 0, length = Infinity;
  for await (const piece of answer.body) {
    if (body.includes('SUBSCRIBE') && bytes === 0) {
      const end = piece.indexOf(10);
      length = Number(Buffer.from(piece.subarray(0, end)).toString()) + end + 1;
    }
    bytes += piece.length;
    if (bytes >= length) break;
  }
  if (!answer.ok) throw new Error('HTTP ' + answer.status);
  console.log(bytes);
  process.exit();
`;

const GET = ['GET', 'application/json', 'application/json', ''];
const post = (body, accept = 'application/json') => [
  'POST',
  'application/json',
  accept,
  JSON.stringify(body),
];
const PROTOBUF = 'application/x-protobuf';

/** By name: path, and what the reader is told; readers at once. */
const CASES = [
  ['/state', '/state', GET, 1],
  ['GET_STATE', '/api/v1', post({ type: 'GET_STATE' }), 1],
  ['GET_STATE, protobuf', '/api/v1', post({ type: 'GET_STATE' }, PROTOBUF), 1],
  ['SUBSCRIBE', '/api/v1', post({ type: 'SUBSCRIBE' }), 1],
  ['/tasks, all of them', '/tasks?limit=100000', GET, 1],
  ['/state-summary', '/state-summary', GET, 1],
  ['/state, 8 at once', '/state', GET, 8],
];

/** How long the answers about a large cluster hold the loop of a master at once, read over HTTP by another program. */
export async function stateHolds() {
  for (const frameworks of [10, 1]) {
    const master = await largeMaster(frameworks);
    console.log(`state      ${TASKS} tasks of ${frameworks} frameworks on ${AGENTS} agents`);
    for (const [name, path, request, readers] of CASES) {
      for (let run = 0; run < RUNS; run++) {
        const url = `http://127.0.0.1:${master.port}${path}`;
        const waiting = await Promise.all(Array.from({ length: readers }, () => reader(url, request)));
        const holds = loopHolds();
        const [bytes] = await Promise.all(waiting.map((read) => read()));
        const turns = holds.stop();
        const longest = turns.slice(-3).reverse();
        console.log(
          `state      ${name}: ${(bytes / 1e6).toFixed(0)} MB in ${turns.filter((ms) => ms >= 1).length} slices; ` +
            `longest ${longest.map((ms) => ms.toFixed(1)).join(', ')} ms`,
        );
      }
    }
    await master.stop();
  }
}

/** Starts a program that waits; what it resolves with lets it read. Starting one holds the loop, too. */
async function reader(url, request) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', READER, '--', url, ...request], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  return async () => {
    child.stdin.end('go');
    const [bytes] = await once(lines, 'line');
    return Number(bytes);
  };
}

async function largeMaster(frameworkCount) {
  const master = await benchMaster(1e9);
  fill(master.host, frameworkCount);
  return master;
}

/** A master of this program, for agents and tasks that are made up. @param {number} intervalUs between allocations */
export async function benchMaster(intervalUs) {
  return await startMaster({
    ip: '127.0.0.1',
    port: 0,
    hostname: 'localhost',
    allocator: (options) => createAllocator('drf', options),
    allocation: {
      offers: 'coarse',
      agentOrder: 'first-fit',
      intervalUs,
      minAllocatable: [],
      fairnessExclude: [],
      roleSorter: 'drf',
      frameworkSorter: 'drf',
    },
    seed: 'bench',
    log: { info() {}, warn() {}, debug() {}, error: console.error },
  });
}

function fill(host, frameworkCount) {
  const { names } = host;
  const role = names.roles.intern('eng');
  const frameworks = Array.from({ length: frameworkCount }, (_, index) => {
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
}
