import { canExplain, isCandidate } from '../allocators/explain/explaining.js';
import type { CycleExplanation } from '../allocators/explain/reasons.js';
import { explanationJson, explanationText } from '../allocators/explain/text.js';
import type { Allocator } from '../cluster/allocator.js';
import type { Micros } from '../cluster/ids.js';
import type { Resources } from '../cluster/resources/resources.js';
import { formatResources } from '../cluster/resources/text.js';
import { Outcome, Recorder } from '../metrics/recorder.js';
import { humanCounted, humanDuration } from '../report/human.js';
import { agentName } from '../sim/cluster-spec.js';
import { runSimulation } from '../sim/run.js';
import type { UnschedulableGroup } from '../sim/schedulability.js';
import { readTrace } from '../workloads/read-trace.js';
import type { Trace } from '../workloads/trace.js';
import { durationOption, wholeOption } from './choices.js';
import { chooseCluster } from './choose-cluster.js';
import type { Command } from './command.js';
import { runOptions } from './options.js';
import { chooseAllocator, OwnAllocatorRun } from './own-allocator.js';
import type { ParsedArgs } from './parse-args.js';
import { runConfig } from './simulate.js';
import { checkAllocatorFits, readRunOptions } from './run-options.js';
import type { Terminal } from './terminal.js';
import { ExitStatus, UserError } from './user-error.js';

const notHere = new Set(['until', 'out', 'journal', 'quiet', 'check', 'explain', 'report', 'json']);

/** `sim explain`: why somebody gets no offer at a time of a run. */
export const explain: Command = {
  name: 'explain',
  usage: '--trace FILE --at TIME [options]',
  about: 'runs a trace up to a time and says who gets no offer then, and why',
  options: [
    { group: 'question', name: 'at', value: 'TIME', about: "on the trace's clock: 90, 15m, 10h" },
    { group: 'question', name: 'role', value: 'ROLE', about: 'only this role' },
    { group: 'question', name: 'framework', value: 'NAME', about: 'only this framework' },
    { group: 'question', name: 'task', value: 'N', about: 'only who waits for task N of the file, from 0' },
    ...runOptions.filter(({ name }) => !notHere.has(name)),
    { group: 'output', name: 'json', about: 'the reasons with their numbers, as JSON' },
  ],
  examples: [
    'sim explain --trace traces/paypal-ci.csv --at 2h',
    'sim explain --trace traces/paypal-ci.csv --offers demand --at 2h --task 100',
  ],
  notes: [
    'What it says is one allocation cycle over all agents at that time, with somebody',
    'who listens at each "not this one". The run itself is that of sim run.',
  ],
  run: explainCommand,
};

async function explainCommand(args: ParsedArgs, terminal: Terminal): Promise<ExitStatus> {
  const atUs = durationOption(args, 'at');
  if (atUs === undefined) throw new UserError('sim explain needs a time: --at 15m');
  const choice = await chooseAllocator(args);
  const options = await readRunOptions(args, choice);
  const trace = await readTrace(options.tracePath, options.readTrace);
  const question = questionOf(args, trace);
  const cluster = chooseCluster(trace, options.agents, options.agentsSource);
  checkAllocatorFits(choice, trace, cluster.agents, options.weights);
  const own = new OwnAllocatorRun(choice, 'sim explain', args);
  let allocator: Allocator | undefined;
  let recorder: Recorder | undefined;
  let unschedulable: readonly UnschedulableGroup[];
  let shapes: readonly Resources[] = [];
  try {
    ({ unschedulable } = await runSimulation({
      ...runConfig(trace, cluster, { ...options, untilUs: atUs }),
      allocator: (allocatorOptions) => (allocator = own.create(allocatorOptions)),
      track: own.track,
      observe: (setup) => {
        shapes = setup.shapes;
        recorder = new Recorder({ ...setup, weights: options.weights });
        return recorder;
      },
    }));
  } catch (error) {
    throw own.explained(error);
  } finally {
    own.stop();
  }
  if (allocator === undefined || !canExplain(allocator)) {
    throw new UserError(`${options.allocator} cannot explain its cycles.`);
  }
  const explanation = selected(allocator.explain(atUs), question);
  const fate = question.task === undefined ? undefined : fateOf(trace, recorder!, question.task, atUs);
  const leftOut = unschedulable
    .filter((group) => concerns(question, group, recorder!))
    .map((group) => leftOutGroup(group, trace, shapes));
  if (args.has('json')) {
    const json = explanationJson(explanation, agentName) as object;
    const whole = {
      ...(fate && { task: question.task, fate }),
      ...json,
      ...(leftOut.length > 0 && { leftOut }),
    };
    terminal.out(`${JSON.stringify(whole, null, 2)}\n`);
  } else {
    const task = fate === undefined ? '' : `task ${question.task}: ${fate}\n`;
    terminal.out(`${task}${explanationText(explanation, agentName)}${leftOutText(leftOut)}`);
  }
  return ExitStatus.done;
}

/** Tasks that are never asked for, because no agent can hold them. */
interface LeftOut {
  readonly framework: string;
  readonly role: string;
  readonly tasks: number;
  readonly resources: string;
  readonly constraint?: string;
  readonly reason: string;
}

function leftOutGroup(group: UnschedulableGroup, trace: Trace, shapes: readonly Resources[]): LeftOut {
  return {
    framework: trace.frameworks[group.framework],
    role: trace.roles[group.role],
    tasks: group.count,
    resources: formatResources(shapes[group.shape]),
    ...(group.constraint >= 0 && { constraint: trace.constraints[group.constraint] }),
    reason: group.reason,
  };
}

/** Most groups of tasks that are told. */
const MOST_LEFT_OUT = 5;

/** The same of several frameworks in one line, most tasks first. */
function leftOutText(groups: readonly LeftOut[]): string {
  const alike = new Map<string, { tasks: number; who: string[]; what: string }>();
  for (const { framework, role, tasks, resources, constraint, reason } of groups) {
    const where = constraint === undefined ? '' : `, ${constraint}`;
    const what = `in role ${role} (${resources}${where}): ${reason}`;
    const known = alike.get(what) ?? { tasks: 0, who: [], what };
    alike.set(what, { what, tasks: known.tasks + tasks, who: [...known.who, framework] });
  }
  const sorted = [...alike.values()].sort((a, b) => b.tasks - a.tasks);
  const lines = sorted.slice(0, MOST_LEFT_OUT).map(({ tasks, who, what }) => {
    const names = new Set(who);
    const owner = names.size === 1 ? who[0] : humanCounted(names.size, 'framework');
    return `never asked for: ${humanCounted(tasks, 'task')} of ${owner} ${what}\n`;
  });
  const more = sorted.length - lines.length;
  return `${lines.join('')}${more > 0 ? `and ${humanCounted(more, 'kind')} of task more (--json)\n` : ''}`;
}

function concerns(
  { role, framework, task }: Question,
  group: UnschedulableGroup,
  { trace, outcome }: Recorder,
): boolean {
  if (role !== undefined && trace.roles[group.role] !== role) return false;
  if (framework !== undefined && trace.frameworks[group.framework] !== framework) return false;
  if (task === undefined) return true;
  // Others of its shape may be left out for what it is not: a gang.
  if (outcome[task] !== Outcome.unschedulable) return false;
  return trace.shape[task] === group.shape && (trace.constraint?.[task] ?? -1) === group.constraint;
}

interface Question {
  readonly role: string | undefined;
  readonly framework: string | undefined;
  readonly task: number | undefined;
}

/** @throws UserError when the trace has no such role, framework or task */
function questionOf(args: ParsedArgs, trace: Trace): Question {
  const task = wholeOption(args, 'task', 0, Math.max(0, trace.taskCount - 1));
  const role = args.value('role') ?? (task === undefined ? undefined : trace.roles[trace.role[task]]);
  const framework =
    args.value('framework') ?? (task === undefined ? undefined : trace.frameworks[trace.framework[task]]);
  if (role !== undefined && !trace.roles.includes(role)) {
    throw new UserError(`the trace has no role ${role}; it has ${few(trace.roles)}.`);
  }
  if (framework !== undefined && !trace.frameworks.includes(framework)) {
    throw new UserError(`the trace has no framework ${framework}; it has ${few(trace.frameworks)}.`);
  }
  return { role, framework, task };
}

function few(names: readonly string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
}

/** Without a question, only those who would take an offer. */
function selected(explanation: CycleExplanation, { role, framework }: Question): CycleExplanation {
  const asked = role !== undefined || framework !== undefined;
  const unserved = explanation.unserved.filter(
    (each) =>
      (role ?? each.rolePath) === each.rolePath &&
      (framework ?? each.name) === each.name &&
      (asked || isCandidate(each)),
  );
  return { ...explanation, unserved };
}

/** Where a task stands at that time. */
function fateOf(trace: Trace, recorder: Recorder, task: number, atUs: Micros): string {
  const since = (us: Micros): string => humanDuration((atUs - us) / 1e6);
  switch (recorder.outcome[task]) {
    case Outcome.ahead:
      return 'it has not arrived yet';
    case Outcome.unschedulable:
      return 'it fits no agent of the cluster, however empty';
    case Outcome.waiting:
      return `it has waited for ${since(trace.submitUs[task])}`;
    case Outcome.running:
      return `it has run for ${since(recorder.startUs[task])} on ${agentName(recorder.agent[task])}`;
    default:
      return `it ended ${since(recorder.endUs[task])} ago on ${agentName(recorder.agent[task])}`;
  }
}
