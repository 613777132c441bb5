import { closeSync, openSync, writeSync } from 'node:fs';
import { canExplain, isCandidate } from '../allocators/explain/explaining.js';
import { explanationJson } from '../allocators/explain/text.js';
import type { Allocator } from '../cluster/allocator.js';
import { agentName } from '../sim/cluster-spec.js';
import { UserError } from './user-error.js';

/** `--explain FILE`: one line of JSON for each allocation cycle in which a candidate got nothing. */
export class ExplainFile {
  readonly #fd: number;

  /** @throws when the file cannot be written */
  constructor(path: string) {
    this.#fd = openSync(path, 'w');
  }

  /** The same allocator, which explains each cycle before it runs. */
  watch(allocator: Allocator): Allocator {
    if (!canExplain(allocator)) {
      throw new UserError(`${allocator.name} cannot explain its cycles: leave out --explain.`);
    }
    const allocate = allocator.allocate.bind(allocator);
    allocator.allocate = (now, scope, sink) => {
      const explanation = allocator.explain(now);
      const unserved = explanation.unserved.filter(isCandidate);
      if (unserved.length > 0) {
        writeSync(this.#fd, `${JSON.stringify(explanationJson({ ...explanation, unserved }, agentName))}\n`);
      }
      allocate(now, scope, sink);
    };
    return allocator;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
