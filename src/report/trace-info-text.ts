import { resourceNames, type ResourceName } from '../workloads/demand.js';
import type { TraceInfo } from '../workloads/trace-info.js';
import { alignColumns } from './columns.js';
import { humanCount, humanCounted, humanDuration, humanResource } from './human.js';

/** The figures of {@link TraceInfo} for a terminal: lines with a name in front, then a table of the resources. */
export function formatTraceInfo(info: TraceInfo): string {
  const facts: readonly (readonly [string, readonly string[]])[] = [
    [
      'trace',
      [info.path ?? '', info.format, humanCounted(info.rows, 'row'), humanCounted(info.tasks, 'task')],
    ],
    ['', owners(info)],
    ['', specialTasks(info)],
    ['submits', [`${humanDuration(info.firstSubmit)} to ${humanDuration(info.lastSubmit)}`]],
    ['ends', [`by ${humanDuration(info.lastEnd)} on a cluster without limits`]],
    ['duration', durations(info)],
    ['cluster', info.cluster === undefined ? [] : [`${info.cluster.split('\n').join(' + ')} (in the file)`]],
    ['left out', Object.entries(info.dropped).map(([why, count]) => `${humanCounted(count, 'row')}: ${why}`)],
    ['sha256', [info.sha256 ?? '']],
    ...info.notices.map((notice) => ['note', [notice]] as const),
  ];
  const lines = facts.flatMap(([name, parts]) => {
    const text = parts.filter((part) => part !== '').join(' · ');
    return text === '' ? [] : [`${name.padEnd(9)}  ${text}`];
  });
  return [...lines, '', ...alignColumns(resourceTable(info), [9])].join('\n') + '\n';
}

function owners({ jobs, frameworks, roles }: TraceInfo): string[] {
  return [humanCounted(jobs, 'job'), humanCounted(frameworks, 'framework'), humanCounted(roles, 'role')];
}

function specialTasks({ services, gangs, constrained }: TraceInfo): string[] {
  return [
    services > 0 ? humanCounted(services, 'service') : '',
    gangs > 0 ? humanCounted(gangs, 'gang') : '',
    constrained > 0 ? `${humanCounted(constrained, 'task')} with a constraint` : '',
  ];
}

function durations({ duration: { mean, p50, p95, max }, tasks, services }: TraceInfo): string[] {
  if (tasks === services) return [];
  return [
    `mean ${humanDuration(mean)}`,
    `p50 ${humanDuration(p50)}`,
    `p95 ${humanDuration(p95)}`,
    `longest ${humanDuration(max)}`,
  ];
}

function resourceTable(info: TraceInfo): string[][] {
  const head = ['', 'largest task', 'p95 at once', 'peak at once', 'in all'];
  const rows = resourceNames
    .filter((name) => info.largest[name] > 0)
    .map((name) => [
      name,
      amount(name, info.largest[name]),
      amount(name, info.p95[name]),
      amount(name, info.peak[name]),
      area(name, info.total[name]),
    ]);
  return [head, ...rows];
}

/** `80.0 GB`, `2,400`: the name of the resource is in front of the row. */
function amount(name: ResourceName, value: number): string {
  return humanResource(name, Math.round(value * 1000)).slice(0, -(name.length + 1));
}

/** Request times time: `560,164 cpu h`, `462 TB h`; in seconds as long as hours would be few. */
function area(name: ResourceName, perSecond: number): string {
  const [value, unit] = perSecond < 36_000 ? [perSecond, 's'] : [perSecond / 3600, 'h'];
  if (name === 'mem' || name === 'disk') return `${amount(name, value)} ${unit}`;
  return `${humanCount(Math.round(value))} ${name.slice(0, -1)} ${unit}`;
}
