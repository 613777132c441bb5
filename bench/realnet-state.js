import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { createAllocator } from '../dist/allocators/registry.js';
import { parseResources } from '../dist/cluster/resources/text.js';
import { PLAIN_ALLOCATION, startMaster } from '../dist/realnet/master/start-master.js';
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

const answersOf = (type) => [
  [type, '/api/v1', post({ type }), 1],
  [`${type}, protobuf`, '/api/v1', post({ type }, PROTOBUF), 1],
];

/** By name: path, and what the reader is told; readers at once. */
const CASES = [
  ...['/state', '/state-summary', '/slaves', '/frameworks', '/roles', '/metrics/snapshot'].map((path) => [
    path,
    path,
    GET,
    1,
  ]),
  ['/tasks, all of them', '/tasks?limit=1000000', GET, 1],
  ...['GET_STATE', 'GET_AGENTS', 'GET_FRAMEWORKS', 'GET_TASKS', 'GET_ROLES', 'SUBSCRIBE'].flatMap(answersOf),
  ['/state, 8 at once', '/state', GET, 8],
  ['SUBSCRIBE, 8 at once', '/api/v1', post({ type: 'SUBSCRIBE' }), 8],
];

/** Clusters that are asked. @type {readonly { frameworks: number, roles: number, ended: number, offers: boolean }[]} */
const CLUSTERS = [
  { frameworks: 10, roles: 1, ended: 0, offers: false },
  { frameworks: 1, roles: 1, ended: 0, offers: false },
  { frameworks: 10, roles: 1000, ended: 30_000, offers: true },
];

/** How long the answers about a large cluster hold the loop of a master at once, read over HTTP by another program. */
export async function stateHolds() {
  for (const cluster of CLUSTERS) {
    const { frameworks, roles, ended, offers } = cluster;
    const master = await benchMaster(offers ? 200_000 : 1e9);
    fill(master.host, cluster);
    console.log(
      `state      ${TASKS} tasks of ${frameworks} frameworks in ${roles} roles on ${AGENTS} agents` +
        `${ended > 0 ? `, ${ended} that ended` : ''}${offers ? `, ${AGENTS} offers` : ''}; ` +
        `longest holds of each of ${RUNS} answers in ms`,
    );
    for (const [name, path, request, readers] of CASES) {
      const longest = [];
      let size = 0;
      for (let run = 0; run < RUNS; run++) {
        const url = `http://127.0.0.1:${master.port}${path}`;
        const waiting = await Promise.all(Array.from({ length: readers }, () => reader(url, request)));
        const holds = loopHolds();
        [size] = await Promise.all(waiting.map((read) => read()));
        longest.push(holds.stop().slice(-2).reverse());
      }
      const texts = longest.map((turns) => turns.map((ms) => ms.toFixed(1)).join(' '));
      console.log(
        `state      ${name.padEnd(25)} ${(size / 1e6).toFixed(1).padStart(5)} MB: ${texts.join(' | ')}`,
      );
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

/** A master of this program, for agents and tasks that are made up. @param {number} intervalUs between allocations */
export async function benchMaster(intervalUs) {
  return await startMaster({
    ip: '127.0.0.1',
    port: 0,
    hostname: 'localhost',
    allocator: (options) => createAllocator('drf', options),
    allocation: { ...PLAIN_ALLOCATION, agentOrder: 'first-fit', intervalUs, minAllocatable: [] },
    seed: 'bench',
    log: { info() {}, warn() {}, debug() {}, error: console.error },
  });
}

function fill(host, { frameworks: count, roles: roleCount, ended, offers }) {
  const { names } = host;
  const frameworks = Array.from({ length: count }, (_, index) => {
    const id = `m-${String(index).padStart(4, '0')}`;
    const framework = names.frameworks.intern(id);
    const paths = Array.from({ length: Math.ceil(roleCount / count) }, (__, at) =>
      roleCount === 1 ? 'eng' : `eng-${index}-${at}`,
    );
    const roles = paths.map((path) => names.roles.intern(path));
    const info = {
      name: `f${index}`,
      id,
      roles,
      capabilities: ['MULTI_ROLE'],
      failoverTimeoutUs: 1e9,
      user: 'root',
      payload: { user: 'root', name: `f${index}`, id: { value: id }, roles: paths },
    };
    host.step({ type: 'SUBSCRIBE', framework, info, suppressedRoles: offers ? [] : roles });
    return { framework, roles };
  });
  const resources = parseResources('cpus:0.1;mem:32');
  const [running, all] = [TASKS / AGENTS, (TASKS + ended) / AGENTS];
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
    const tasks = Array.from({ length: all }, (_, at) => {
      const { framework, roles } = frameworks[at % frameworks.length];
      const task = names.taskId(framework, `task-${index}-${at}`);
      const command = { value: 'sleep 1000', shell: true };
      const spec = { name: 'a task', payload: { task: { command } } };
      const role = roles[index % roles.length];
      return { framework, role, task, resources, spec, state: 'TASK_RUNNING' };
    });
    host.step({ type: 'REGISTER_AGENT', agent, info, tasks });
    for (const { framework, task } of tasks.slice(running)) {
      const update = { state: 'TASK_FINISHED', update: 1, source: 'SOURCE_EXECUTOR', timestamp: host.now };
      host.step({ type: 'UPDATE', framework, agent, task, ...update });
      host.step({ type: 'ACKNOWLEDGE', framework, agent, task, update: 1 });
    }
  }
}
