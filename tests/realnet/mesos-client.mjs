/**
 * The scheduler of the npm package mesos-framework, unchanged, in a process of its own: it may call process.exit and has no
 * way to stop. Takes `{port, name, frameworkId?, logs, tasks: {NAME: {command, instances}}}` as JSON and prints its events,
 * one JSON line each. A line of its input, `[METHOD, ...ARGUMENTS]` as JSON, is a call of the scheduler.
 */
import { createRequire } from 'node:module';
import process from 'node:process';
import { createInterface } from 'node:readline';

const { Scheduler, Mesos } = createRequire(import.meta.url)('mesos-framework');
const { port, name, frameworkId, logs, tasks } = JSON.parse(process.argv[2]);
const builder = Mesos.getMesos();

const scheduler = new Scheduler({
  masterUrl: '127.0.0.1',
  port,
  user: 'somebody',
  frameworkName: name,
  frameworkFailoverTimeout: 60,
  masterConnectionTimeout: 60,
  // Without it a failed task is launched again for ever.
  restartStates: ['NONE'],
  logging: { path: logs, fileName: 'client.log', level: 'error' },
  tasks: Object.fromEntries(
    Object.entries(tasks).map(([task, { command, instances }]) => [
      task,
      {
        priority: 1,
        instances,
        commandInfo: new builder.CommandInfo(null, null, true, command, null, null),
        resources: { cpus: 0.1, mem: 32, disk: 0, ports: 0 },
      },
    ]),
  ),
});
if (frameworkId !== undefined) scheduler.frameworkId = frameworkId;

const print = (event, content) => process.stdout.write(`${JSON.stringify({ event, content })}\n`);
scheduler.on('ready', () => scheduler.subscribe());
scheduler.on('subscribed', (subscribed) => print('subscribed', subscribed));
scheduler.on('update', (update) => print('update', update));
scheduler.on('sent_teardown', () => print('sent_teardown', {}));
scheduler.on('error', (error) => print('error', error?.message ?? error));

createInterface({ input: process.stdin }).on('line', (line) => {
  const [method, ...args] = JSON.parse(line);
  scheduler[method](...args);
});
