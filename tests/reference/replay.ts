/** Replays tasks through an allocator in demand mode, as `--instant` does: no master, no network (I-2, A-5). */
import { SECOND, type AgentId, type FrameworkId, type Micros } from '../../src/cluster/ids.js';
import type { AgentInfo, Offer } from '../../src/cluster/protocol.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import type { Reference } from './reference-allocator.js';

/** Times in seconds, cpus in cores, mem in MB. */
export interface ReplayTask {
  readonly submit: number;
  readonly framework: string;
  readonly cpus: number;
  readonly mem: number;
  readonly duration: number;
}

export interface Launch {
  readonly task: number;
  readonly agent: AgentId;
  /** Seconds. */
  readonly start: number;
}

/** @returns launches in the order of the grants */
export function replay(allocator: Reference, tasks: readonly ReplayTask[], agents: string[]): Launch[] {
  const frameworks = [...new Set(tasks.map((task) => task.framework))];
  const queues = frameworks.map((): number[] => []);
  const subscribed = new Set<FrameworkId>();
  const launches: Launch[] = [];
  let running: { readonly end: number; readonly offer: Offer }[] = [];
  let waiting = tasks.map((_, task) => task);
  agents.forEach((shape, agent) => allocator.addAgent(agent, agentOf(agent, shape), [], 0));
  while (waiting.length > 0 || running.length > 0) {
    const now = Math.min(
      ...running.map(({ end }) => end),
      ...waiting.map((task) => micros(tasks[task].submit)),
    );
    for (;;) {
      for (const { offer } of running.filter(({ end }) => end === now)) {
        allocator.recover(offer.framework, offer.role, offer.agent, offer.resources);
      }
      running = running.filter(({ end }) => end > now);
      for (const task of waiting.filter((t) => micros(tasks[t].submit) === now)) {
        const framework = frameworks.indexOf(tasks[task].framework);
        if (!subscribed.has(framework)) subscribe(allocator, framework, frameworks[framework]);
        subscribed.add(framework);
        queues[framework].push(task);
        const resources = Resources.plain(tasks[task].cpus * 1000, tasks[task].mem * 1000);
        const ask = { role: 0, resources, count: 1, allOrNothing: false };
        allocator.request(framework, [ask], now);
      }
      waiting = waiting.filter((task) => micros(tasks[task].submit) > now);
      const grants: Offer[] = [];
      allocator.allocate(now, 'all', (_, offers) => grants.push(...offers));
      for (const offer of grants) {
        const task = queues[offer.framework].shift()!;
        launches.push({ task, agent: offer.agent, start: now / SECOND });
        running.push({ end: now + micros(tasks[task].duration), offer });
      }
      if (!running.some(({ end }) => end === now)) break;
    }
  }
  return launches;
}

/** The decision hash of a replay. */
export function decisionHash(launches: readonly Launch[]): string {
  let hash = 2166136261;
  for (const { task, agent, start } of launches) {
    for (const word of [task, agent, micros(start) % 2 ** 32]) {
      hash = Math.imul(hash ^ word, 16777619);
    }
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function micros(seconds: number): Micros {
  return Math.round(seconds * SECOND);
}

function agentOf(agent: AgentId, shape: string): AgentInfo {
  const [cpus, mem] = shape.split('x').map(Number);
  const total = Resources.plain(cpus * 1000, mem * 1000);
  return { id: `S${agent}`, hostname: `h${agent}`, total, attributes: [], capabilities: ['MULTI_ROLE'] };
}

/** Ids count up in order of first appearance, so their byte order is that order (C-7). */
function subscribe(allocator: Reference, framework: FrameworkId, name: string): void {
  const id = String(framework).padStart(4, '0');
  const wildcard = 0;
  allocator.addFramework(
    framework,
    { name, id, roles: [wildcard], capabilities: ['MULTI_ROLE'] },
    [],
    true,
    0,
  );
}
