import type { FrameworkId, TaskId } from '../cluster/ids.js';

/** Names of frameworks or agents, interned in order of appearance. Ids are never used again. */
export class Names {
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];

  get count(): number {
    return this.#texts.length;
  }

  find(text: string): number | undefined {
    return this.#ids.get(text);
  }

  intern(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      id = this.#texts.length;
      this.#ids.set(text, id);
      this.#texts.push(text);
    }
    return id;
  }

  text(id: number): string {
    return this.#texts[id] ?? '';
  }

  /** Takes back the newest name: what it stood for was refused. */
  forgetNewest(): void {
    const text = this.#texts.pop();
    if (text !== undefined) this.#ids.delete(text);
  }
}

/**
 * Names of tasks, each unique within its framework. The core wants small dense ids, so those of tasks that are over are given
 * out again, the longest unused first.
 */
export class TaskNames {
  /** By framework. */
  readonly #ids: (Map<string, TaskId> | undefined)[] = [];
  readonly #texts: string[] = [];
  readonly #frameworks: FrameworkId[] = [];
  #free: TaskId[] = [];
  /** Where in {@link #free} the next one is. */
  #next = 0;

  find(framework: FrameworkId, text: string): TaskId | undefined {
    return this.#ids[framework]?.get(text);
  }

  intern(framework: FrameworkId, text: string): TaskId {
    const ids = (this.#ids[framework] ??= new Map<string, TaskId>());
    let id = ids.get(text);
    if (id === undefined) {
      id = this.#take();
      this.#texts[id] = text;
      this.#frameworks[id] = framework;
      ids.set(text, id);
    }
    return id;
  }

  text(task: TaskId): string {
    return this.#texts[task] ?? '';
  }

  /** The task is over, or there is none of that name. */
  release(task: TaskId): void {
    const framework = this.#frameworks[task];
    if (framework === undefined || framework < 0) return;
    this.#ids[framework]?.delete(this.#texts[task]);
    this.#texts[task] = '';
    this.#frameworks[task] = -1;
    this.#free.push(task);
  }

  /** Those of a framework. */
  of(framework: FrameworkId): TaskId[] {
    return [...(this.#ids[framework]?.values() ?? [])];
  }

  #take(): TaskId {
    if (this.#next === this.#free.length) return this.#texts.length;
    const id = this.#free[this.#next++];
    if (this.#next > 1024 && this.#next * 2 > this.#free.length) {
      this.#free = this.#free.slice(this.#next);
      this.#next = 0;
    }
    return id;
  }
}
