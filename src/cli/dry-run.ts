import { formatAttributes } from '../cluster/attributes.js';
import type { Domain } from '../cluster/protocol.js';
import { formatQuantities, formatResources } from '../cluster/resources/text.js';
import { Recorder } from '../metrics/recorder.js';
import type { AllocatorChoice } from '../plugins/resolve-allocator.js';
import { labelledFacts } from '../report/columns.js';
import { humanCounted } from '../report/human.js';
import { inputsText } from '../report/summary-text.js';
import { assemble } from '../sim/assemble.js';
import type { RunConfig } from '../sim/run-config.js';
import type { TraceFile } from '../workloads/read-trace.js';
import type { ChosenCluster } from './choose-cluster.js';
import { aboutRun, runInputs } from './run-inputs.js';
import type { RunOptions } from './run-options.js';
import type { Terminal } from './terminal.js';

/** Shapes of agents, roles and kinds of tasks that are shown to a person. */
const MOST = 12;

interface AgentShape {
  readonly count: number;
  readonly resources: string;
  readonly attributes: string;
  readonly domain?: Domain;
}

interface RoleSettings {
  readonly role: string;
  readonly weight: number;
  readonly guarantees: string;
  readonly limits: string;
}

interface StuckTasks {
  readonly tasks: number;
  readonly framework: string;
  readonly role: string;
  readonly reason: string;
}

/** `sim run --dry-run`: puts the run together, tells what it would be and runs nothing. */
export function dryRun(
  config: Omit<RunConfig, 'allocator' | 'observe'>,
  trace: TraceFile,
  cluster: ChosenCluster,
  options: RunOptions,
  choice: AllocatorChoice,
  terminal: Terminal,
  isJson: boolean,
): void {
  const recorders: Recorder[] = [];
  const { setup, unschedulable } = assemble({
    ...config,
    allocator: (allocatorOptions) => choice.create(allocatorOptions),
    observe: (known) => {
      const recorder = new Recorder({ ...known, weights: options.weights });
      recorders.push(recorder);
      return recorder;
    },
  });
  const inputs = runInputs(trace, cluster, aboutRun(options), setup, recorders[0]);
  const shapes = cluster.agents.map(({ count, resources, attributes, domain }) => ({
    count,
    resources: formatResources(resources),
    attributes: formatAttributes(attributes),
    ...(domain && { domain }),
  }));
  const roles = [...new Set([...options.weights.keys(), ...options.quotas.keys()])].map((role) => {
    const { guarantees = {}, limits = {} } = options.quotas.get(role) ?? {};
    return {
      role,
      weight: options.weights.get(role) ?? 1,
      guarantees: formatQuantities(guarantees),
      limits: formatQuantities(limits),
    };
  });
  const stuck = unschedulable.map(({ framework, role, count, reason }) => ({
    tasks: count,
    framework: trace.frameworks[framework],
    role: trace.roles[role],
    reason,
  }));
  if (isJson) {
    terminal.out(`${JSON.stringify({ ...inputs, agents: shapes, roles, unschedulable: stuck }, null, 2)}\n`);
    return;
  }
  terminal.out(`${inputsText(inputs).trimEnd()}\n${planText(shapes, roles, stuck)}`);
}

function planText(
  shapes: readonly AgentShape[],
  roles: readonly RoleSettings[],
  stuck: readonly StuckTasks[],
): string {
  const agentRows = shapes.map(({ count, resources, attributes, domain }) =>
    [
      `${count} × ${resources}`,
      ...(attributes === '' ? [] : [attributes]),
      ...(domain === undefined ? [] : [`${domain.region}/${domain.zone}`]),
    ].join(' · '),
  );
  const roleRows = roles.map(({ role, weight, guarantees, limits }) =>
    [
      `${role} weight ${weight}`,
      ...(guarantees === '' ? [] : [`guaranteed ${guarantees}`]),
      ...(limits === '' ? [] : [`at most ${limits}`]),
    ].join(' · '),
  );
  const stuckRows = stuck.map(
    ({ tasks, framework, role, reason }) =>
      `${humanCounted(tasks, 'task')} of ${framework} in ${role} can never run: ${reason}`,
  );
  return [
    ...block('agents', agentRows),
    ...block('roles', roleRows),
    ...block('left out', stuckRows),
    ...labelledFacts('dry run', ['nothing was simulated; leave out --dry-run to run this']),
    '',
  ].join('\n');
}

function block(label: string, rows: readonly string[]): string[] {
  const kept = rows.slice(0, MOST);
  const more = rows.length > MOST ? [`… and ${rows.length - MOST} more (--json has all)`] : [];
  return [...kept, ...more].map((row, at) => `${(at === 0 ? label : '').padEnd(11)}${row}`);
}
