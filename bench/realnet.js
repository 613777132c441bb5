import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { numberOption, timed } from './processes.js';
import { launchCalls } from './realnet-calls.js';
import { stateHolds } from './realnet-state.js';

const agora = fileURLToPath(new URL('../dist/cli/agora.js', import.meta.url));
const SUBSCRIBERS = 100;

/**
 * A real master and real processes: tasks launched to finished, scheduler calls and fanned-out events by the master's CPU
 * time, and how long /state of a large cluster holds the loop.
 *
 * @param {readonly string[]} args which of tasks, calls, fan-out and state, all without; --tasks N, --calls N
 */
export async function realnet(args) {
  const tasks = numberOption(args, 'tasks', 1000);
  const calls = numberOption(args, 'calls', 100_000);
  const parts = {
    tasks: () => finishedTasks(tasks),
    calls: async () => {
      await schedulerCalls(calls);
      await launchCalls();
    },
    'fan-out': () => fanOut(Math.min(tasks, 300)),
    state: stateHolds,
  };
  const wanted = Object.keys(parts).filter((part) => args.includes(part));
  for (const part of wanted.length > 0 ? wanted : Object.keys(parts)) await parts[part]();
}

/** `true` as command, master, agent and framework on this machine. */
async function finishedTasks(count) {
  await withCluster(['--agents', '1', '--resources', 'cpus:64;mem:65536'], async ({ port, cpu }) => {
    const before = cpu();
    const { tasks, timing } = replayTasks(port, count);
    const seconds = timing.wallSeconds;
    console.log(
      `tasks      ${tasks.finished} of ${count} finished in ${seconds.toFixed(1)} s: ` +
        `${(tasks.finished / seconds).toFixed(0)} a second; ` +
        `${(((cpu() - before) * 1000) / count).toFixed(2)} ms CPU a task of master and agent`,
    );
  });
}

/** Calls of subscribed frameworks on kept connections, 32 under way on each. */
async function schedulerCalls(count) {
  await withCluster(['--agents', '1'], async ({ port, cpu }) => {
    const streams = await Promise.all(Array.from({ length: 8 }, () => subscribe(port)));
    for (const [name, content] of [
      ['SUPPRESS', {}],
      ['REVIVE', {}],
      ['DECLINE', { offer_ids: [{ value: 'none' }], filters: { refuse_seconds: 5 } }],
      ['RECONCILE', { tasks: [{ task_id: { value: 'nothing' } }] }],
    ]) {
      const before = cpu();
      const started = performance.now();
      await Promise.all(streams.map((stream) => pump(port, stream, name, content, count / streams.length)));
      const seconds = cpu() - before;
      const wall = (performance.now() - started) / 1000;
      console.log(
        `calls      ${name.padEnd(9)} ${(count / seconds).toFixed(0)} a second of the master's CPU time ` +
          `(${(count / wall).toFixed(0)} by the clock)`,
      );
    }
    for (const { socket } of streams) socket.destroy();
  });
}

/** What an event costs that a hundred operators hear. */
async function fanOut(count) {
  await withCluster(['--agents', '1', '--resources', 'cpus:64;mem:65536'], async ({ port, cpu }) => {
    const without = cpu();
    replayTasks(port, count);
    const base = cpu() - without;
    let bytes = 0;
    const body = '{"type":"SUBSCRIBE"}';
    const sockets = await Promise.all(
      Array.from({ length: SUBSCRIBERS }, async () => {
        const socket = await opened(port);
        socket.on('data', (data) => (bytes += data.length));
        socket.write(requestText('/api/v1', body));
        return socket;
      }),
    );
    await delay(500);
    bytes = 0;
    const before = cpu();
    // The program that replays must not keep this one from reading.
    await replayTasksAside(port, count);
    await delay(500);
    const more = Math.max(0, cpu() - before - base);
    // TASK_ADDED, and STARTING, RUNNING, FINISHED.
    const events = 4 * count * SUBSCRIBERS;
    console.log(
      `fan-out    ${SUBSCRIBERS} subscribers, ${events} events, ${(bytes / 1e6).toFixed(1)} MB: ` +
        `${((more * 1e6) / events).toFixed(1)} us CPU an event and subscriber`,
    );
    for (const socket of sockets) socket.destroy();
  });
}

/** Runs something with `agora local`, and ends it. */
async function withCluster(options, use) {
  const child = spawn(
    process.execPath,
    [agora, 'local', '--port', '0', '--allocation-interval', '20ms', ...options],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    const port = await new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [, found] = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line) ?? [];
        if (found !== undefined) resolve(Number(found));
      });
    });
    await use({ port, cpu: () => cpuSeconds(child.pid) });
  } finally {
    child.kill('SIGINT');
    await once(child, 'close');
  }
}

/** User and system time of a process without its children. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function traceFile(count) {
  const folder = mkdtempSync(join(tmpdir(), 'agora-bench-'));
  const rows = Array.from({ length: count }, () => '0,0,1,16,true');
  const path = join(folder, 'tasks.csv');
  writeFileSync(path, ['submit_s,duration_s,cpus,mem,command', ...rows, ''].join('\n'));
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}

function replayArgs(port, path) {
  const target = ['--master', `127.0.0.1:${port}`, '--speedup', '1', '--refuse-seconds', '0'];
  return [agora, 'replay', '--trace', path, ...target, '--json', '--quiet'];
}

function replayTasks(port, count) {
  const { path, remove } = traceFile(count);
  const { out } = timed(process.execPath, replayArgs(port, path));
  remove();
  return JSON.parse(out);
}

async function replayTasksAside(port, count) {
  const { path, remove } = traceFile(count);
  const child = spawn(process.execPath, replayArgs(port, path), { stdio: 'ignore' });
  await once(child, 'close');
  remove();
}

async function opened(port) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function subscribe(port) {
  const socket = await opened(port);
  const info = { user: 'root', name: 'bench' };
  socket.write(
    requestText(
      '/api/v1/scheduler',
      JSON.stringify({ type: 'SUBSCRIBE', subscribe: { framework_info: info } }),
    ),
  );
  let text = '';
  await new Promise((resolve) => {
    socket.on('data', (data) => {
      text += data;
      if (text.includes('SUBSCRIBED')) resolve();
    });
  });
  const [, stream] = /mesos-stream-id: (\S+)/i.exec(text);
  const [, framework] = /"framework_id":\{"value":"([^"]+)"/.exec(text);
  return { socket, stream, framework };
}

/** Sends so many calls on one connection, a bundle of them at a time. */
async function pump(port, { stream, framework }, type, content, count) {
  const socket = await opened(port);
  const call = { type, framework_id: { value: framework }, [type.toLowerCase()]: content };
  const request = requestText('/api/v1/scheduler', JSON.stringify(call), `Mesos-Stream-Id: ${stream}\r\n`);
  let answered = 0;
  let sent = 0;
  await new Promise((resolve) => {
    const more = () => {
      while (sent < count && sent - answered < 32) {
        socket.write(request);
        sent++;
      }
    };
    socket.on('data', (data) => {
      answered += data.toString('latin1').split('HTTP/1.1 202').length - 1;
      if (answered >= count) resolve();
      else more();
    });
    more();
  });
  socket.destroy();
}

function requestText(path, body, more = '') {
  return (
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`
  );
}
