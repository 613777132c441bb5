import { canExplain } from '../allocators/explain/explaining.js';
import { explanationJson } from '../allocators/explain/text.js';
import type { Allocator } from '../cluster/allocator.js';
import { agentName } from '../sim/cluster-spec.js';
import { openGrowing, type GrowingFile } from './growing-file.js';
import { UserError } from './user-error.js';

/** `--explain FILE`: one line of JSON for each allocation cycle in which a candidate got nothing. */
export class ExplainFile {
  readonly #file: GrowingFile;

  /**
   * @param inputs files that are read in this run and must not be overwritten
   * @throws UserError with exit status 3, also when a write fails
   */
  constructor(path: string, inputs: readonly string[]) {
    this.#file = openGrowing(path, 'explain', inputs);
  }

  /** The same allocator, whose cycles are explained. */
  watch(allocator: Allocator): Allocator {
    if (!canExplain(allocator)) {
      throw new UserError(`${allocator.name} cannot explain its cycles: leave out --explain.`);
    }
    const allocate = allocator.allocate.bind(allocator);
    allocator.allocate = (now, scope, sink) => {
      const explanation = allocator.explainRun(now, scope, () => allocate(now, scope, sink));
      if (explanation.unserved.length === 0) return;
      this.#file.write(Buffer.from(`${JSON.stringify(explanationJson(explanation, agentName))}\n`));
    };
    return allocator;
  }

  close(): void {
    this.#file.close();
  }
}
