/** EASY backfilling written down a second time, straight from its description and without any index. */

export interface SlowJob {
  readonly submit: number;
  readonly cpus: number;
  readonly mem: number;
  /** True duration and what its owner says it will be. */
  readonly duration: number;
  readonly estimate: number;
}

interface Running {
  readonly job: number;
  readonly agent: number;
  readonly start: number;
}

export interface SlowRun {
  readonly starts: number[];
  /** Earliest time promised to each job while it was the oldest that waited; by job, in order of the promises. */
  readonly promises: number[][];
}

/** Agents are alike. Everything that ends or arrives at one instant has done so before anything starts. */
export function slowEasy(
  jobs: readonly SlowJob[],
  agents: number,
  size: { readonly cpus: number; readonly mem: number },
): SlowRun {
  const starts = jobs.map(() => NaN);
  const promises: number[][] = jobs.map(() => []);
  let running: Running[] = [];
  const order = [...jobs.keys()].sort((a, b) => jobs[a].submit - jobs[b].submit || a - b);

  /** Amounts used on an agent at a time from now on, by estimates; what is overdue ends at once. */
  const usedAt = (agent: number, time: number, now: number): { cpus: number; mem: number } => {
    let [cpus, mem] = [0, 0];
    for (const each of running) {
      const expected = Math.max(each.start + jobs[each.job].estimate, now);
      const isThere = time === now ? true : expected > time;
      if (each.agent === agent && isThere)
        [cpus, mem] = [cpus + jobs[each.job].cpus, mem + jobs[each.job].mem];
    }
    return { cpus, mem };
  };
  const fits = (job: number, agent: number, used: { cpus: number; mem: number }): boolean =>
    used.cpus + jobs[job].cpus <= size.cpus && used.mem + jobs[job].mem <= size.mem && agent >= 0;
  const start = (job: number, agent: number, now: number): void => {
    running.push({ job, agent, start: now });
    starts[job] = now;
  };
  const agentNow = (job: number, now: number): number => {
    for (let agent = 0; agent < agents; agent++) if (fits(job, agent, usedAt(agent, now, now))) return agent;
    return -1;
  };

  const schedule = (waiting: number[], now: number): void => {
    let head = -1;
    let [headAgent, headTime] = [-1, Infinity];
    for (const job of waiting) {
      if (head < 0) {
        const agent = agentNow(job, now);
        if (agent >= 0) {
          start(job, agent, now);
          continue;
        }
        head = job;
        const ends = running.map((each) => Math.max(each.start + jobs[each.job].estimate, now));
        // Just after what is overdue has ended counts as the present, so that instant is looked at half a step later.
        const times = [...new Set(ends)].sort((a, b) => a - b).map((end) => (end === now ? now + 0.5 : end));
        for (const time of times) {
          const agents_ = [...Array(agents).keys()].filter((agent) =>
            fits(job, agent, usedAt(agent, time, now)),
          );
          if (agents_.length === 0) continue;
          [headAgent, headTime] = [agents_[0], time];
          break;
        }
        promises[job].push(headTime);
        continue;
      }
      for (let agent = 0; agent < agents; agent++) {
        if (!fits(job, agent, usedAt(agent, now, now))) continue;
        const endsBefore = now + jobs[job].estimate <= headTime;
        const then = usedAt(headAgent, headTime, now);
        const beside = { cpus: then.cpus + jobs[head].cpus, mem: then.mem + jobs[head].mem };
        if (agent === headAgent && !endsBefore && !fits(job, agent, beside)) continue;
        start(job, agent, now);
        break;
      }
    }
  };

  const events = new Set(jobs.map((job) => job.submit));
  for (let now = Math.min(...events); events.size > 0; now = Math.min(...events)) {
    events.delete(now);
    running = running.filter((each) => each.start + jobs[each.job].duration > now);
    const waiting = order.filter((job) => jobs[job].submit <= now && Number.isNaN(starts[job]));
    const before = running.length;
    schedule(waiting, now);
    for (const each of running.slice(before)) events.add(now + jobs[each.job].duration);
  }
  return { starts, promises };
}
