import { writeSync } from 'node:fs';
import inspector from 'node:inspector/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { setInterval } from 'node:timers';
import { pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';
import { faultText, fileName, repeatLine } from './fault.js';
import { CALLS, DEPTH, HOOK, hooks } from './heartbeat.js';
import type { WatchdogData } from './watchdog.js';

const { label, modulePath, repeat, beats, position, patienceMs, isMain } = workerData as WatchdogData;
const moduleUrl = pathToFileURL(modulePath).href;
const periodMs = Math.min(500, patienceMs / 4);

let lastCalls = -1;
let waitedMs = 0;
let isEnding = false;

setInterval(() => {
  const calls = Atomics.load(beats, CALLS);
  if (calls !== lastCalls || Atomics.load(beats, DEPTH) === 0) waitedMs = 0;
  else waitedMs += periodMs;
  lastCalls = calls;
  if (waitedMs >= patienceMs && !isEnding) void end();
}, periodMs);

async function end(): Promise<void> {
  isEnding = true;
  const session = new inspector.Session();
  session.connectToMainThread();
  const place = isMain ? await whereItIs(session) : undefined;
  const what =
    `has not come back from ${hooks[beats[HOOK]]} for ${patienceMs / 1000} s` +
    `${place === undefined ? '' : `, it is at ${place}`}: an endless loop`;
  const at = { event: position[0], nowUs: position[1] };
  const text =
    repeat === undefined
      ? `the allocator ${label} ${what}.`
      : `${faultText(label, what, at)}\n     ${repeatLine(repeat, at)}`;
  writeSync(2, `sim: ${text}\n`);
  // All is said: what Node has to say about a debugger that is still there goes nowhere.
  const expression = "process.getBuiltinModule('node:fs').closeSync(2); process.exit(1)";
  await session.post('Runtime.evaluate', { expression });
}

/** Stops the main thread and looks where in the user's module it is: `mine.ts:12:5`. */
async function whereItIs(session: inspector.Session): Promise<string | undefined> {
  /** Source map, or an empty text, of the user's module by script id. */
  const maps = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params: { url, scriptId, sourceMapURL = '' } }) => {
    if (url === moduleUrl) maps.set(scriptId, sourceMapURL);
  });
  const paused = new Promise<inspector.Debugger.CallFrame[]>((done) => {
    session.on('Debugger.paused', ({ params }) => done(params.callFrames));
  });
  await session.post('Debugger.enable');
  await session.post('Debugger.pause');
  const frame = (await paused).find(({ location }) => maps.has(location.scriptId));
  if (frame === undefined) return undefined;
  const { lineNumber, columnNumber = 0, scriptId } = frame.location;
  const [line, column] = original(maps.get(scriptId) as string, lineNumber, columnNumber);
  return `${fileName(modulePath)}:${line + 1}:${column + 1}`;
}

function original(mapUrl: string, line: number, column: number): [line: number, column: number] {
  const [, encoded] = /^data:application\/json;base64,(.*)$/.exec(mapUrl) ?? [];
  if (encoded === undefined) return [line, column];
  const payload = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')) as SourceMapPayload;
  const entry = new SourceMap(payload).findEntry(line, column);
  return 'originalLine' in entry ? [entry.originalLine, entry.originalColumn] : [line, column];
}
