import { readFileSync } from 'node:fs';
import { isLackOfFiles, markOf, processIds, processStat } from './process-table.js';

/** A process that is the first of its group, and the mark that what it starts has. */
export interface MarkedGroup {
  readonly mark: string;
  readonly pid: number | undefined;
}

/** What processes have used so far, and hold now. */
export interface ProcessUsage {
  processes: number;
  threads: number;
  userSeconds: number;
  systemSeconds: number;
  /** Resident memory; what several share is counted in each. */
  rssBytes: number;
}

/** Of the times in `/proc`: USER_HZ is 100 wherever Node runs. */
const TICKS_A_SECOND = 100;

/**
 * What each group uses with all that it started, by its mark: one look at all processes of the host. Of children that have
 * ended, what their parents waited for counts. Empty where nobody can say: without `/proc`, or with no file left to open.
 */
export async function usageOf(groups: readonly MarkedGroup[]): Promise<Map<string, ProcessUsage>> {
  const marks = new Set(groups.map(({ mark }) => mark));
  const markOfGroup = new Map(groups.map(({ pid, mark }) => [pid, mark]));
  const found = new Map<string, ProcessUsage>();
  if (groups.length === 0) return found;
  const count = (pid: number): void => {
    const stat = statOf(pid);
    if (stat === undefined) return;
    // Whoever has cleared its environment is known by its group.
    const mark = markOfGroup.get(Number(stat[2])) ?? markOf(pid);
    if (mark === undefined || !marks.has(mark)) return;
    let usage = found.get(mark);
    if (usage === undefined) found.set(mark, (usage = noUsage()));
    usage.processes++;
    usage.threads += Number(stat[17]);
    // Its own, and that of the children it has waited for.
    usage.userSeconds += (Number(stat[11]) + Number(stat[13])) / TICKS_A_SECOND;
    usage.systemSeconds += (Number(stat[12]) + Number(stat[14])) / TICKS_A_SECOND;
    usage.rssBytes += residentBytes(pid);
  };
  try {
    for await (const pid of processIds()) count(pid);
  } catch (error) {
    if (!isLackOfFiles(error)) throw error;
    // Half of what they use would be told as all of it.
    found.clear();
  }
  return found;
}

export function noUsage(): ProcessUsage {
  return { processes: 0, threads: 0, userSeconds: 0, systemSeconds: 0, rssBytes: 0 };
}

/** Where processes of others are hidden, only those of the own user are looked at. */
function statOf(pid: number): readonly string[] | undefined {
  try {
    return processStat(pid);
  } catch (error) {
    if (isLackOfFiles(error)) throw error;
    return undefined;
  }
}

function residentBytes(pid: number): number {
  try {
    const [, kb = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
    return Number(kb) * 1024;
  } catch {
    return 0;
  }
}
