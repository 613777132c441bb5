import { describe, expect, it } from 'vitest';
import { AgentTasks } from '../../src/cluster/agent/agent-tasks.js';
import { Agent } from '../../src/cluster/agent/agent.js';
import { SECOND, type Micros, type TaskId } from '../../src/cluster/ids.js';
import type {
  AgentEffects,
  AgentInfo,
  AgentReport,
  AgentTimer,
  StatusUpdate,
  TaskState,
} from '../../src/cluster/protocol.js';
import { parseResources } from '../../src/cluster/resources/text.js';

const info: AgentInfo = {
  id: 'm-S0',
  hostname: 'a0',
  total: parseResources('cpus:4'),
  attributes: [],
  capabilities: [],
};
const spec = { name: 't' };
const resources = parseResources('cpus:1');

/** An agent and what it did in the last step. */
class TestAgent implements AgentEffects {
  readonly agent: Agent;
  now: Micros = 0;
  reports: AgentReport[] = [];
  started: TaskId[] = [];
  killed: TaskId[] = [];
  timers: { readonly at: Micros; readonly key: number }[] = [];

  constructor(tasks = new AgentTasks(), id = 0) {
    this.agent = new Agent(id, info, tasks);
  }

  toMaster(_agent: number, report: AgentReport): void {
    this.reports.push(report);
  }

  startTask(_agent: number, task: TaskId): void {
    this.started.push(task);
  }

  killTask(_agent: number, task: TaskId): void {
    this.killed.push(task);
  }

  timer(_agent: number, _kind: AgentTimer, at: Micros, key: number): void {
    this.timers.push({ at, key });
  }

  step(input: Parameters<Agent['step']>[0]): this {
    [this.reports, this.started, this.killed, this.timers] = [[], [], [], []];
    this.agent.step(input, this.now, this);
    return this;
  }

  run(task: TaskId, framework = 0): this {
    return this.step({ type: 'RUN_TASK', framework, role: 0, task, resources, spec });
  }

  executor(task: TaskId, state: TaskState, message?: string): this {
    return this.step({ type: 'EXECUTOR_UPDATE', task, state, reason: undefined, message });
  }

  acknowledge(task: TaskId, update: number, framework = 0): this {
    return this.step({ type: 'ACKNOWLEDGE', framework, agent: this.agent.id, task, update });
  }

  register(): this {
    [this.reports, this.started, this.killed, this.timers] = [[], [], [], []];
    this.agent.register(this);
    return this;
  }

  retry(task: TaskId): this {
    return this.step({ type: 'TIMER', kind: 'UPDATE_RETRY', key: task });
  }

  said(): string[] {
    return this.reports
      .filter((report): report is StatusUpdate => report.type === 'UPDATE')
      .map(({ task, state, update }) => `${task} ${state} ${update}`);
  }
}

describe('an agent', () => {
  it('starts a task once, however often it is told', () => {
    const agent = new TestAgent();
    expect(agent.run(1).started).toEqual([1]);
    expect(agent.run(1).started).toEqual([]);
  });

  it('reports states with numbers that count up', () => {
    const agent = new TestAgent().run(1);
    agent.now = 5;
    expect(agent.executor(1, 'TASK_RUNNING').reports).toEqual([
      {
        type: 'UPDATE',
        framework: 0,
        agent: 0,
        task: 1,
        state: 'TASK_RUNNING',
        update: 1,
        source: 'SOURCE_EXECUTOR',
        reason: undefined,
        message: undefined,
        timestamp: 5,
      },
    ]);
    agent.acknowledge(1, 1);
    expect(agent.executor(1, 'TASK_FINISHED').said()).toEqual(['1 TASK_FINISHED 2']);
  });

  it('W-4.3: has one unacknowledged update of a task at a time', () => {
    const agent = new TestAgent().run(1).executor(1, 'TASK_STARTING');
    expect(agent.executor(1, 'TASK_RUNNING').said()).toEqual([]);
    expect(agent.executor(1, 'TASK_FINISHED', 'done').said()).toEqual([]);
    expect(agent.acknowledge(1, 1).said()).toEqual(['1 TASK_RUNNING 2']);
    expect(agent.acknowledge(1, 1).said()).toEqual([]);
    expect(agent.acknowledge(1, 2).said()).toEqual(['1 TASK_FINISHED 3']);
    expect(agent.reports).toMatchObject([{ message: 'done' }]);
    expect(agent.acknowledge(1, 3).said()).toEqual([]);
    expect(agent.register().reports).toMatchObject([{ tasks: [] }]);
  });

  it('W-4.3: sends again at once when it is registered, or the framework is there again', () => {
    const agent = new TestAgent().run(1).run(2, 3).executor(1, 'TASK_RUNNING').executor(2, 'TASK_RUNNING');
    expect(agent.step({ type: 'AGENT_REGISTERED', agent: 0 }).said()).toHaveLength(2);
    expect(agent.step({ type: 'RESEND_UPDATES', framework: 3 }).said()).toEqual(['2 TASK_RUNNING 1']);
    agent.acknowledge(2, 1, 3);
    expect(agent.step({ type: 'RESEND_UPDATES', framework: 3 }).said()).toEqual([]);
  });

  it('tells why a task was killed, where that was said (REASON_AGENT_DRAINING)', () => {
    const agent = new TestAgent().run(1).run(2);
    for (const task of [1, 2])
      agent.step({ type: 'KILL_TASK', framework: 0, task, reason: 'REASON_AGENT_DRAINING' });
    agent.executor(1, 'TASK_KILLED');
    expect(agent.reports).toMatchObject([{ reason: 'REASON_AGENT_DRAINING' }]);
    // It was faster.
    expect(agent.executor(2, 'TASK_FINISHED').reports).toMatchObject([{ reason: undefined }]);
  });

  it('W-4.3: sends again after 10 s, and then after twice the time, at most 10 min', () => {
    const agent = new TestAgent().run(1).executor(1, 'TASK_RUNNING', 'hello');
    const waits: number[] = [];
    for (let i = 0; i < 9; i++) {
      const [{ at, key }] = agent.timers;
      waits.push((at - agent.now) / SECOND);
      agent.now = at;
      expect(agent.retry(key).said()).toEqual(['1 TASK_RUNNING 1']);
      expect(agent.reports).toMatchObject([{ message: 'hello', timestamp: 0 }]);
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
    agent.acknowledge(1, 1);
    expect(agent.retry(1).said()).toEqual([]);
  });

  it('does not send again too soon because of the timer of an earlier update', () => {
    const agent = new TestAgent().run(1).executor(1, 'TASK_RUNNING').acknowledge(1, 1);
    agent.now = 3 * SECOND;
    agent.executor(1, 'TASK_FINISHED');
    agent.now = 10 * SECOND;
    expect(agent.retry(1).said()).toEqual([]);
    agent.now = 13 * SECOND;
    expect(agent.retry(1).said()).toEqual(['1 TASK_FINISHED 2']);
  });

  it('W-4.3: sends again at once when it is registered', () => {
    const agent = new TestAgent().run(1).run(2).executor(1, 'TASK_RUNNING').executor(2, 'TASK_FINISHED');
    agent.acknowledge(1, 1).step({ type: 'AGENT_REGISTERED', agent: 0 });
    expect(agent.said()).toEqual(['2 TASK_FINISHED 1']);
  });

  it('registers with what runs there, ended tasks that are not acknowledged included', () => {
    const agent = new TestAgent().run(1).run(5).executor(1, 'TASK_RUNNING').executor(5, 'TASK_FINISHED');
    expect(agent.register().reports).toMatchObject([
      {
        type: 'REGISTER_AGENT',
        agent: 0,
        info,
        tasks: [
          { framework: 0, role: 0, task: 1, resources, spec, state: 'TASK_RUNNING' },
          { task: 5, state: 'TASK_FINISHED' },
        ],
      },
    ]);
  });

  it.each([
    ['a task that is not there', 9, 1, 0],
    ['an update that is not out', 1, 2, 0],
    ['an update of another framework', 1, 1, 3],
    ['update 0', 1, 0, 0],
  ])('ignores an acknowledgement of %s', (_name, task, update, framework) => {
    const agent = new TestAgent().run(1).executor(1, 'TASK_FINISHED').acknowledge(task, update, framework);
    expect(agent.retry(1).said()).toEqual([]);
    agent.now = 10 * SECOND;
    expect(agent.retry(1).said()).toEqual(['1 TASK_FINISHED 1']);
  });

  it('ignores executors that say what cannot be', () => {
    const agent = new TestAgent().run(1).executor(1, 'TASK_RUNNING').executor(1, 'TASK_STAGING');
    expect(agent.acknowledge(1, 1).said()).toEqual([]);
    agent.executor(1, 'TASK_FINISHED').executor(1, 'TASK_FAILED').executor(9, 'TASK_FAILED');
    expect(agent.acknowledge(1, 2).said()).toEqual([]);
  });

  it('kills a task that lives, and only for its framework', () => {
    const agent = new TestAgent().run(1).run(2).executor(2, 'TASK_FINISHED');
    expect(agent.step({ type: 'KILL_TASK', framework: 0, task: 1 }).killed).toEqual([1]);
    expect(agent.step({ type: 'KILL_TASK', framework: 3, task: 1 }).killed).toEqual([]);
    expect(agent.step({ type: 'KILL_TASK', framework: 0, task: 2 }).killed).toEqual([]);
    expect(agent.step({ type: 'KILL_TASK', framework: 0, task: 9 }).killed).toEqual([]);
  });

  it('R-10.3: shuts a framework down without a word about its tasks', () => {
    const agent = new TestAgent().run(1).run(2, 5).run(3).executor(3, 'TASK_FINISHED');
    expect(agent.step({ type: 'SHUTDOWN_FRAMEWORK', framework: 0 }).killed).toEqual([1]);
    expect(agent.executor(1, 'TASK_RUNNING').said()).toEqual([]);
    expect(agent.executor(1, 'TASK_KILLED').said()).toEqual([]);
    expect(agent.register().reports).toMatchObject([{ tasks: [{ task: 2 }] }]);
  });

  it('knows of nothing after its machine was started anew', () => {
    const agent = new TestAgent().run(1).executor(1, 'TASK_RUNNING');
    agent.agent.restarted();
    expect(agent.register().reports).toMatchObject([{ tasks: [] }]);
    expect(agent.executor(1, 'TASK_FINISHED').said()).toEqual([]);
  });

  it('shares columns with others without touching their tasks', () => {
    const tasks = new AgentTasks();
    const [first, second] = [new TestAgent(tasks, 0), new TestAgent(tasks, 1)];
    first.run(1);
    second.run(2);
    expect(second.executor(1, 'TASK_FINISHED').said()).toEqual([]);
    second.agent.restarted();
    expect(first.executor(1, 'TASK_FINISHED').said()).toEqual(['1 TASK_FINISHED 1']);
  });

  it('starts a task again whose earlier run has ended but is not acknowledged', () => {
    const agent = new TestAgent().run(1).executor(1, 'TASK_FAILED', 'x').run(1);
    expect(agent.started).toEqual([1]);
    expect(agent.executor(1, 'TASK_RUNNING').said()).toEqual(['1 TASK_RUNNING 1']);
  });
});
