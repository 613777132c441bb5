import type { AgentId, Micros, RoleId } from '../../cluster/ids.js';
import { fromJson, toJson } from '../../cluster/journal/json-values.js';
import type { AgentEntry, RegistryRecord } from '../../cluster/master/registry.js';
import type { Quantities } from '../../cluster/protocol.js';
import type { RegistryChange } from './registry-store.js';

/** Ids and names of what records speak of. */
export interface RegistryNames {
  readonly roles: { path(role: RoleId): string; intern(path: string): RoleId };
  readonly agents: { intern(name: string): AgentId };
}

type Schedule = Extract<RegistryRecord, { readonly type: 'MAINTENANCE' }>;

/** How long unreachable and gone agents are remembered, and how many at most (W-5.10). */
const LONGEST_MEMORY_US: Micros = 14 * 24 * 3600 * 1e6;
const MOST_AWAY = 102_400;

/** A record as an entry of the registry: roles and agents by name, resources by what they are. */
export function changeOf(record: RegistryRecord, { roles }: RegistryNames): RegistryChange {
  switch (record.type) {
    case 'WEIGHT':
      return { key: `weight/${roles.path(record.role)}`, value: toJson(record.weight) };
    case 'QUOTA': {
      const { guarantees, limits } = record;
      const isNone = Object.keys(guarantees).length + Object.keys(limits).length === 0;
      const value = isNone ? undefined : toJson({ guarantees, limits });
      return { key: `quota/${roles.path(record.role)}`, value };
    }
    case 'MAINTENANCE': {
      const { windows, down } = record;
      return {
        key: 'maintenance/schedule',
        value: windows.length === 0 ? undefined : toJson({ windows, down }),
      };
    }
    case 'AGENT':
      return { key: `agent/${record.entry.info.id}`, value: toJson(record.entry) };
  }
}

/** The records that the entries of a registry were made of, without agents that have been away for too long. */
export function recordsOf(
  entries: ReadonlyMap<string, string>,
  now: Micros,
  { roles, agents }: RegistryNames,
): RegistryRecord[] {
  const records: RegistryRecord[] = [];
  const away: AgentEntry[] = [];
  for (const [key, text] of entries) {
    const name = key.slice(key.indexOf('/') + 1);
    const value = fromJson(text);
    switch (key.slice(0, key.indexOf('/'))) {
      case 'weight':
        records.push({ type: 'WEIGHT', role: roles.intern(name), weight: value as number });
        break;
      case 'quota': {
        const quota = value as { readonly guarantees: Quantities; readonly limits: Quantities };
        records.push({ type: 'QUOTA', role: roles.intern(name), ...quota });
        break;
      }
      case 'maintenance':
        records.push({ type: 'MAINTENANCE', ...(value as Omit<Schedule, 'type'>) });
        break;
      case 'agent': {
        const entry = value as AgentEntry;
        if (entry.standing !== 'admitted') away.push(entry);
        else records.push({ type: 'AGENT', agent: agents.intern(name), entry });
        break;
      }
    }
  }
  away.sort((a, b) => b.sinceUs - a.sinceUs);
  for (const entry of away.slice(0, MOST_AWAY)) {
    if (entry.sinceUs < now - LONGEST_MEMORY_US) break;
    records.push({ type: 'AGENT', agent: agents.intern(entry.info.id), entry });
  }
  return records;
}
