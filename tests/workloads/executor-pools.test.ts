import { beforeEach, describe, expect, it } from 'vitest';
import { SECOND } from '../../src/cluster/ids.js';
import type { TaskState } from '../../src/cluster/protocol.js';
import type { SchedulerDriver } from '../../src/cluster/scheduler.js';
import { statusUpdate } from '../../src/cluster/task.js';
import { Resources } from '../../src/cluster/resources/resources.js';
import { ExecutorPools } from '../../src/workloads/frameworks/executor-pools.js';
import { Stage, TaskProgress, type Workload } from '../../src/workloads/frameworks/workload.js';
import { emptyRow, TraceBuilder } from '../../src/workloads/trace-builder.js';

const coldStart = 45;
const keep = 180;

/** Three builds of 100 s, alike. The clock stands where the test puts it; agents are where it says. */
class Bench {
  readonly heard: string[] = [];
  readonly pools: ExecutorPools;
  readonly #workload: Workload;
  readonly #timers: { at: number; key: number }[] = [];
  #now = 0;

  constructor() {
    const builder = new TraceBuilder();
    const role = builder.roles.id('builds');
    for (let i = 0; i < 3; i++) {
      builder.add({ ...emptyRow(), cpusMilli: 1000, durationUs: 100 * SECOND, role, job: builder.newJob() });
    }
    builder.frameworks.id('jenkins');
    const trace = builder.finish({ format: 'test' });
    const say = (what: string) => this.heard.push(`${this.#now / SECOND} ${what}`);
    this.#workload = {
      trace,
      resources: [Resources.plain(1000, 0, 0, 0)],
      roleIds: [0],
      specs: () => ({ name: 'build' }),
      progress: new TaskProgress(trace.flags),
      builds: {
        started: (build, agent) => say(`build ${build} on agent ${agent}`),
        running: () => undefined,
        ended: (build, state) => say(`build ${build} ${state}`),
      },
    };
    const model = { type: 'ci', coldStartUs: coldStart * SECOND, keepUs: keep * SECOND } as const;
    this.pools = new ExecutorPools(this.#workload, model, {
      queueAgain: (build) => say(`build ${build} waits for an offer again`),
      buildEnded: () => undefined,
    });
  }

  get #driver(): SchedulerDriver {
    const driver: Partial<SchedulerDriver> = {
      framework: 0,
      now: this.#now,
      kill: (task, agent) => this.heard.push(`${this.#now / SECOND} kill executor ${task} on agent ${agent}`),
      timer: (at, key) => this.#timers.push({ at, key }),
    };
    return driver as SchedulerDriver;
  }

  /** The build arrives; if none is idle its own executor is launched at once. */
  arrives(build: number): void {
    const { progress } = this.#workload;
    progress.set(build, Stage.queued);
    this.pools.arrived(build, this.#driver);
    if (progress.of(build) === Stage.queued) progress.set(build, Stage.launched);
  }

  executor(task: number, state: TaskState, agent = task): void {
    const update = statusUpdate(0, agent, task, state, 1, 'SOURCE_EXECUTOR', undefined, undefined, 0);
    this.pools.updated(update, this.#driver);
  }

  /** Lets time pass, with the timers on the way. */
  until(seconds: number): void {
    for (;;) {
      this.#timers.sort((a, b) => a.at - b.at);
      const next = this.#timers.at(0);
      if (next === undefined || next.at > seconds * SECOND) break;
      this.#timers.shift();
      this.#now = next.at;
      this.pools.timer(next.key, this.#driver);
    }
    this.#now = seconds * SECOND;
  }
}

describe('the executors of a Jenkins master', () => {
  let bench: Bench;

  beforeEach(() => {
    bench = new Bench();
  });

  it('start cold, build, are kept three minutes and killed', () => {
    bench.arrives(0);
    bench.until(2);
    bench.executor(0, 'TASK_RUNNING');
    bench.until(1000);
    expect(bench.heard).toEqual([
      '47 build 0 on agent 0',
      '147 build 0 TASK_FINISHED',
      '327 kill executor 0 on agent 0',
    ]);
    bench.executor(0, 'TASK_KILLED');
    expect([...bench.pools.alive()]).toEqual([]);
    expect(bench.heard).toHaveLength(3);
  });

  it('of which one is lost lose its build, which waits again', () => {
    bench.arrives(0);
    bench.executor(0, 'TASK_RUNNING');
    bench.until(60);
    bench.executor(0, 'TASK_LOST');
    expect(bench.heard).toEqual([
      '45 build 0 on agent 0',
      '60 build 0 TASK_LOST',
      '60 build 0 waits for an offer again',
    ]);
    bench.until(1000);
    expect(bench.heard).toHaveLength(3);
  });

  it('of which one is lost while it starts leave its build to be queued again', () => {
    bench.arrives(0);
    bench.executor(0, 'TASK_RUNNING');
    bench.until(10);
    bench.executor(0, 'TASK_GONE');
    expect(bench.heard).toEqual(['10 build 0 TASK_LOST', '10 build 0 waits for an offer again']);
  });

  it('that are idle take over the build of one that is lost', () => {
    bench.arrives(0);
    bench.arrives(1);
    bench.executor(0, 'TASK_RUNNING');
    bench.until(20);
    bench.executor(1, 'TASK_RUNNING');
    bench.until(150);
    // Executor 0 is idle since 145, executor 1 builds until 165.
    bench.executor(1, 'TASK_LOST');
    expect(bench.heard.slice(-2)).toEqual(['150 build 1 TASK_LOST', '150 build 1 on agent 0']);
  });

  it('give a lost build to the executor that was launched for it and serves another', () => {
    bench.arrives(0);
    bench.executor(0, 'TASK_RUNNING');
    bench.until(140);
    bench.arrives(1);
    bench.until(145);
    // Executor 0 has taken build 1; now executor 1 comes up, and build 2 arrives and is served by it.
    bench.executor(1, 'TASK_RUNNING');
    bench.arrives(2);
    bench.until(190);
    expect(bench.heard.slice(-2)).toEqual(['145 build 1 on agent 0', '190 build 2 on agent 1']);
    bench.executor(0, 'TASK_LOST');
    // Number 1 is in use, so build 1 cannot be launched anew: it waits for executor 1.
    expect(bench.heard.slice(-1)).toEqual(['190 build 1 TASK_LOST']);
    bench.until(290);
    expect(bench.heard.slice(-2)).toEqual(['290 build 2 TASK_FINISHED', '290 build 1 on agent 1']);
  });

  it('that the master refuses for good end their build', () => {
    bench.arrives(0);
    bench.executor(0, 'TASK_ERROR');
    expect(bench.heard).toEqual(['0 build 0 TASK_ERROR']);
  });
});
