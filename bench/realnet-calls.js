import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { parseResources } from '../dist/cluster/resources/text.js';
import { threadMs } from './loop-holds.js';
import { benchMaster } from './realnet-state.js';

const AGENTS = 10_000;
const AGENT = 'cpus:16;mem:65536';

/** A scheduler: it gets an offer of each agent, accepts each by a call of its own, and acknowledges an update of each task. */
const SCHEDULER = `
  import { connect } from 'node:net';
  const port = Number(process.argv[1]);
  const request = (body, more = '') => 'POST /api/v1/scheduler HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n' +
    'Content-Type: application/json\\r\\nContent-Length: ' + Buffer.byteLength(body) + '\\r\\n' + more + '\\r\\n' + body;
  const go = () => new Promise((resolve) => process.stdin.once('data', resolve));
  const info = { user: 'root', name: 'bench', roles: ['eng'], capabilities: [{ type: 'MULTI_ROLE' }] };
  const answer = await fetch('http://127.0.0.1:' + port + '/api/v1/scheduler', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info: info } }),
  });
  const stream = answer.headers.get('mesos-stream-id');
  let framework, offers = [], updates = [], onMore = () => undefined;
  (async () => {
    let rest = Buffer.alloc(0);
    for await (const piece of answer.body) {
      rest = Buffer.concat([rest, piece]);
      for (;;) {
        const at = rest.indexOf(10);
        const length = at < 0 ? NaN : Number(rest.subarray(0, at).toString());
        if (!(rest.length >= at + 1 + length)) break;
        const event = JSON.parse(rest.subarray(at + 1, at + 1 + length).toString());
        rest = rest.subarray(at + 1 + length);
        if (event.type === 'SUBSCRIBED') framework = event.subscribed.framework_id;
        if (event.type === 'OFFERS') offers.push(...event.offers.offers);
        if (event.type === 'UPDATE') updates.push(event.update.status);
        onMore();
      }
    }
  })();
  const until = (isEnough) => new Promise((resolve) => {
    onMore = () => isEnough() && resolve();
    onMore();
  });
  const pump = async (calls) => {
    const texts = calls.map((call) => request(JSON.stringify({ framework_id: framework, ...call }),
      'Mesos-Stream-Id: ' + stream + '\\r\\n'));
    console.log('ready');
    await go();
    let next = 0, answered = 0;
    await Promise.all(Array.from({ length: 8 }, () => new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      let open = 0;
      const more = () => {
        while (open < 32 && next < texts.length) { socket.write(texts[next++]); open++; }
        if (open === 0) { socket.destroy(); resolve(); }
      };
      socket.on('data', (data) => {
        const count = data.toString('latin1').split('HTTP/1.1 202').length - 1;
        open -= count; answered += count;
        more();
      });
      more();
    })));
    console.log(answered);
  };
  for (;;) {
  await until(() => offers.length >= ${AGENTS});
  await pump(offers.splice(0).map(({ id, agent_id, resources }) => ({
    type: 'ACCEPT',
    accept: {
      offer_ids: [id],
      operations: [{ type: 'LAUNCH', launch: { task_infos: [{
        name: 'a task', task_id: { value: 'task-' + agent_id.value }, agent_id, resources,
        command: { value: 'sleep 1000', environment: { variables: [{ name: 'A', value: 'b' }] } },
      }] } }],
      filters: { refuse_seconds: 5 },
    },
  })));
  await until(() => updates.length >= ${AGENTS});
  await pump(updates.splice(0).map(({ agent_id, task_id, uuid }) =>
    ({ type: 'ACKNOWLEDGE', acknowledge: { agent_id, task_id, uuid } })));
  }
`;

/** The first round finds the program cold. */
const ROUNDS = 3;

/**
 * ACCEPT with a LAUNCH and ACKNOWLEDGE, each of which does what it says: calls a second of the time of the master's thread, in
 * rounds, each with more agents.
 */
export async function launchCalls() {
  const master = await benchMaster(200_000);
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCHEDULER, '--', String(master.port)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  const measured = async () => {
    await once(lines, 'line');
    const before = threadMs();
    child.stdin.write('go');
    const [answered] = await once(lines, 'line');
    return Number(answered) / ((threadMs() - before) / 1000);
  };
  const rates = { ACCEPT: [], ACKNOWLEDGE: [] };
  for (let round = 0; round < ROUNDS; round++) {
    registerAgents(master, round);
    rates.ACCEPT.push(await measured());
    runTasks(master, round);
    rates.ACKNOWLEDGE.push(await measured());
  }
  child.kill();
  await once(child, 'close');
  for (const [name, values] of Object.entries(rates)) {
    const texts = values.map((rate) => rate.toFixed(0)).join(', then ');
    console.log(`calls      ${name.padEnd(11)} ${texts} a second of the master's CPU time`);
  }
  await master.stop();
}

function registerAgents({ host }, round) {
  for (let index = round * AGENTS; index < (round + 1) * AGENTS; index++) {
    const id = `m-S${index}`;
    const info = { id, hostname: `host${index}`, ip: '10.0.0.1', port: 5051, total: parseResources(AGENT) };
    const more = { attributes: [], capabilities: ['MULTI_ROLE'] };
    host.step({
      type: 'REGISTER_AGENT',
      agent: host.names.agents.intern(id),
      info: { ...info, ...more },
      tasks: [],
    });
  }
}

/** The agents of the round say of their tasks that they run. */
function runTasks({ host }, round) {
  for (const { framework, agent, name } of [...host.history.tasks]) {
    if (agent < round * AGENTS) continue;
    const task = host.names.tasks.find(framework, name);
    const update = { state: 'TASK_RUNNING', update: 1, source: 'SOURCE_EXECUTOR', timestamp: host.now };
    host.step({ type: 'UPDATE', framework, agent, task, ...update });
  }
}
