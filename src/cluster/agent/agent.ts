import { SECOND, type AgentId, type FrameworkId, type Micros, type TaskId } from '../ids.js';
import type {
  AgentCommand,
  AgentEffects,
  AgentInfo,
  AgentInput,
  ExecutorReport,
  RunningTask,
  StatusUpdate,
  UpdateReason,
} from '../protocol.js';
import { canMove, isTerminalCode, stateCode, statusUpdate, TASK_STATES } from '../task.js';
import type { AgentTasks } from './agent-tasks.js';

/** First wait before an unacknowledged update is sent again; it doubles up to the longest (mesos-http-api 4.3). */
const FIRST_RETRY_US = 10 * SECOND;
const LONGEST_RETRY_US = 600 * SECOND;

type RunTask = Extract<AgentCommand, { readonly type: 'RUN_TASK' }>;
type KillTask = Extract<AgentCommand, { readonly type: 'KILL_TASK' }>;
type Acknowledge = Extract<AgentCommand, { readonly type: 'ACKNOWLEDGE' }>;

/** An agent: starts and kills tasks, and reports each change of state until it is acknowledged. */
export class Agent {
  readonly id: AgentId;
  readonly info: AgentInfo;
  readonly #tasks: AgentTasks;

  /** @param tasks its own, or one shared by agents of different ids */
  constructor(id: AgentId, info: AgentInfo, tasks: AgentTasks) {
    this.id = id;
    this.info = info;
    this.#tasks = tasks;
  }

  /** Reports itself to the master, with all that it knows of; for the first time, and whenever the link was broken. */
  register(out: AgentEffects): void {
    const table = this.#tasks;
    const tasks = table
      .onAgent(this.id)
      .filter((task) => !table.orphans.has(task))
      .map((task): RunningTask => ({
        framework: table.frameworkOf(task),
        role: table.roleOf(task),
        task,
        resources: table.resourcesOf(task),
        spec: table.specOf(task),
        state: TASK_STATES[table.stateCodeOf(task)],
      }));
    out.toMaster(this.id, { type: 'REGISTER_AGENT', agent: this.id, info: this.info, tasks });
  }

  /** The machine was started anew: nothing runs there, and no update is owed. */
  restarted(): void {
    for (const task of this.#tasks.onAgent(this.id)) this.#tasks.remove(task);
  }

  /** Takes one input at its time. Total: what makes no sense has no effect. */
  step(input: AgentInput, now: Micros, out: AgentEffects): void {
    switch (input.type) {
      case 'EXECUTOR_UPDATE':
        this.#executorUpdate(input, now, out);
        return;
      case 'ACKNOWLEDGE':
        this.#acknowledge(input, now, out);
        return;
      case 'RUN_TASK':
        this.#runTask(input, out);
        return;
      case 'KILL_TASK':
        this.#killTask(input, out);
        return;
      case 'SHUTDOWN_FRAMEWORK':
        this.#shutdownFramework(input.framework, out);
        return;
      case 'AGENT_REGISTERED':
        this.#resend(undefined, now, out);
        return;
      case 'RESEND_UPDATES':
        this.#resend(input.framework, now, out);
        return;
      case 'EXECUTOR_MESSAGE':
      case 'SHUTDOWN_EXECUTOR':
        // The world's: there are no executors here.
        return;
      case 'TIMER':
        this.#retry(input.key, now, out);
        return;
    }
  }

  #runTask({ framework, role, task, resources, spec }: RunTask, out: AgentEffects): void {
    const tasks = this.#tasks;
    // Said twice. One that has ended only waits for its acknowledgement, and gives way.
    if (tasks.agentOf(task) === this.id && !isTerminalCode(tasks.stateCodeOf(task))) return;
    tasks.add(task, this.id, framework, role, resources, spec);
    out.startTask(this.id, task, resources, spec);
  }

  #killTask({ task, framework, graceUs, reason }: KillTask, out: AgentEffects): void {
    const tasks = this.#tasks;
    if (tasks.agentOf(task) !== this.id || tasks.frameworkOf(task) !== framework) return;
    if (isTerminalCode(tasks.stateCodeOf(task))) return;
    if (reason !== undefined) tasks.killReasons.set(task, reason);
    out.killTask(this.id, task, graceUs);
  }

  /** All tasks of the framework are killed; it is not there to hear of it. */
  #shutdownFramework(framework: FrameworkId, out: AgentEffects): void {
    const tasks = this.#tasks;
    for (const task of tasks.onAgent(this.id)) {
      if (tasks.frameworkOf(task) !== framework) continue;
      if (isTerminalCode(tasks.stateCodeOf(task))) {
        tasks.remove(task);
      } else {
        tasks.orphans.add(task);
        out.killTask(this.id, task);
      }
    }
  }

  #executorUpdate(report: ExecutorReport, now: Micros, out: AgentEffects): void {
    const tasks = this.#tasks;
    const { task } = report;
    if (tasks.agentOf(task) !== this.id) return;
    const code = stateCode(report.state);
    if (!canMove(tasks.stateCodeOf(task), code)) return;
    if (tasks.orphans.size > 0 && tasks.orphans.has(task)) {
      if (isTerminalCode(code)) tasks.remove(task);
      return;
    }
    tasks.setState(task, code);
    const number = tasks.nextUpdate(task);
    const update = statusUpdate(
      tasks.frameworkOf(task),
      this.id,
      task,
      report.state,
      number,
      report.source ?? 'SOURCE_EXECUTOR',
      tasks.killReasons.size === 0 ? report.reason : this.#reasonFor(report, code),
      report.message,
      now,
      report.details,
    );
    if (tasks.updateOut(task) === 0) this.#send(update, number, code, now, out);
    else tasks.wait(update);
  }

  #reasonFor({ task, state, reason }: ExecutorReport, code: number): UpdateReason | undefined {
    const killedFor = this.#tasks.killReasons.get(task);
    if (isTerminalCode(code)) this.#tasks.killReasons.delete(task);
    return state === 'TASK_KILLING' || state === 'TASK_KILLED' ? (killedFor ?? reason) : reason;
  }

  /** Only the update that is out counts; then the next one goes, or the task is over. */
  #acknowledge({ framework, task, update }: Acknowledge, now: Micros, out: AgentEffects): void {
    const tasks = this.#tasks;
    if (tasks.agentOf(task) !== this.id || tasks.frameworkOf(task) !== framework) return;
    if (update === 0 || tasks.updateOut(task) !== update) return;
    const next = tasks.acknowledged(task);
    if (next !== undefined) this.#send(next, next.update as number, stateCode(next.state), now, out);
    else if (isTerminalCode(tasks.stateCodeOf(task))) tasks.remove(task);
  }

  #send(update: StatusUpdate, number: number, code: number, now: Micros, out: AgentEffects): void {
    this.#tasks.sent(update, number, code, now);
    out.toMaster(this.id, update);
    out.timer(this.id, 'UPDATE_RETRY', now + FIRST_RETRY_US, update.task);
  }

  /** A timer of an update: mostly that one was acknowledged long ago, or another one is out and not due yet. */
  #retry(task: TaskId, now: Micros, out: AgentEffects): void {
    const tasks = this.#tasks;
    if (tasks.agentOf(task) !== this.id || tasks.updateOut(task) === 0) return;
    if (now < tasks.outSince(task) + retryAfter(tasks.triesOf(task))) return;
    this.#sendAgain(task, now, out);
  }

  /** The master or the framework is there again: what is out may have been lost on the way. */
  #resend(framework: FrameworkId | undefined, now: Micros, out: AgentEffects): void {
    const tasks = this.#tasks;
    for (const task of tasks.onAgent(this.id)) {
      if (framework !== undefined && tasks.frameworkOf(task) !== framework) continue;
      if (tasks.updateOut(task) !== 0) this.#sendAgain(task, now, out);
    }
  }

  #sendAgain(task: TaskId, now: Micros, out: AgentEffects): void {
    const tasks = this.#tasks;
    tasks.sentAgain(task, now);
    out.toMaster(this.id, tasks.updateOutOf(task));
    out.timer(this.id, 'UPDATE_RETRY', now + retryAfter(tasks.triesOf(task)), task);
  }
}

/** Wait after the n-th sending, in microseconds. */
function retryAfter(tries: number): Micros {
  return Math.min(FIRST_RETRY_US * 2 ** (tries - 1), LONGEST_RETRY_US);
}
