import { probe, type ProbePlace } from '../process/check-probe.js';
import { checkPlan, type CheckPlan, type CheckType } from '../wire/check-messages.js';
import type { Message } from '../wire/message-reader.js';
import type { TaskInfoMessage } from '../wire/messages.js';
import { CheckState, HealthState, type CheckResult } from './check-state.js';

/** No timer of the host reaches further. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export interface ChecksContext {
  readonly info: Pick<TaskInfoMessage, 'health_check' | 'check'>;
  readonly place: ProbePlace;
  /** There is news of the running task. */
  readonly say: (reason: `REASON_${string}`, message?: string) => void;
  /** The task is not healthy for too long. */
  readonly unhealthy: (why: string) => void;
}

/** Tries the checks of a command task while it runs, and says what came of them. */
export class TaskChecks {
  readonly #context: ChecksContext;
  readonly #check: CheckState | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #tries = new Set<AbortController>();
  #isStopped = false;
  #healthy: boolean | undefined;

  constructor(context: ChecksContext) {
    this.#context = context;
    const { check } = context.info;
    this.#check = check && new CheckState(check.type as CheckType);
  }

  /** What each status of the task says of them; the state of its health is that of a task that runs. */
  details(isRunning: boolean): Message {
    return {
      ...(isRunning && this.#healthy !== undefined && { healthy: this.#healthy }),
      ...(this.#check && { check_status: this.#check.status }),
    };
  }

  /** The task runs. */
  start(): void {
    const { check, health_check: health } = this.#context.info;
    if (health !== undefined) {
      const state = new HealthState(health, performance.now());
      this.#follow(checkPlan(health), (result) => this.#judge(state, result));
    }
    if (check !== undefined) {
      this.#follow(checkPlan(check), (result) => {
        if (this.#check?.take(result) === true) this.#context.say('REASON_TASK_CHECK_STATUS_UPDATED');
      });
    }
  }

  /** The task ends, or has ended. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const one of this.#tries) one.abort();
  }

  #judge(state: HealthState, result: CheckResult): void {
    const news = state.take(result, performance.now());
    if (news === undefined) return;
    const { healthy, isFatal, message } = news;
    this.#healthy = healthy;
    this.#context.say('REASON_TASK_HEALTH_CHECK_STATUS_UPDATED', message);
    if (isFatal) this.#context.unhealthy(message ?? '');
  }

  /** One try after the other, until the task ends. */
  #follow(plan: CheckPlan, take: (result: CheckResult) => void): void {
    const again = async (): Promise<void> => {
      const result = await this.#try(plan);
      if (this.#isStopped) return;
      take(result);
      this.#after(plan.interval_seconds, () => void again());
    };
    this.#after(plan.delay_seconds, () => void again());
  }

  async #try(plan: CheckPlan): Promise<CheckResult> {
    const one = new AbortController();
    this.#tries.add(one);
    let isLate = false;
    const seconds = plan.timeout_seconds;
    const late = (): void => {
      isLate = true;
      one.abort();
    };
    // As in Mesos, 0 is no limit.
    const timer = seconds > 0 ? this.#after(seconds, late) : undefined;
    // Some of what a task may name, such as a path with a blank, is refused before anything is tried.
    const result = await probe(plan, this.#context.place, one.signal).catch((error: unknown) => ({
      failure: (error as Error).message,
    }));
    this.#tries.delete(one);
    if (timer !== undefined) this.#timers.delete(timer);
    clearTimeout(timer);
    return isLate ? { failure: `it took longer than ${seconds} s` } : result;
  }

  #after(seconds: number, then: () => void): NodeJS.Timeout | undefined {
    if (this.#isStopped) return undefined;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        then();
      },
      Math.min(seconds * 1000, LONGEST_WAIT_MS),
    );
    this.#timers.add(timer);
    return timer;
  }
}
