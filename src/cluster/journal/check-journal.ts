import { SECOND, type Micros } from '../ids.js';
import type { Master } from '../master/master.js';
import type { MasterInput } from '../protocol.js';
import type { Roles } from '../roles.js';
import { EffectsDigest } from './effects-digest.js';
import type { JournalHeader } from './format.js';
import { JournalCutError, JournalError } from './journal-error.js';
import { readJournal, type JournalEntry } from './read-journal.js';

export interface JournalVerdict {
  /** Inputs that were run again. */
  readonly inputs: number;
  /**
   * `same`: everything came out as before. `diverged`: something else came out. `damaged`: the journal cannot be read on,
   * and up to there everything came out as before.
   */
  readonly outcome: 'same' | 'diverged' | 'damaged';
  /**
   * What is wrong or missing, in one line without a full stop; undefined when all is the same and the journal has its end.
   * With `same` it is the end: its writer was killed, or still writes.
   */
  readonly problem: string | undefined;
  /** The first input whose effects differ from those of the journal, where it is known. */
  readonly firstDivergence:
    { readonly index: number; readonly now: Micros; readonly input: MasterInput } | undefined;
}

/**
 * Gives a fresh master the inputs of a journal and compares what comes out.
 *
 * Every input has 16 bits of checksum, so the first one that differs is named; by bad luck (one in 65,536) it is a later
 * one, and a full digest every few thousand inputs leaves no difference unseen.
 */
export class JournalCheck {
  readonly header: JournalHeader;
  readonly #master: Master;
  readonly #entries: Iterator<JournalEntry>;
  readonly #effects = new EffectsDigest();
  #inputs = 0;

  /**
   * @param makeMaster makes the master that the header describes, with this table of roles
   * @throws JournalError when the bytes are no journal; what makeMaster throws
   */
  constructor(bytes: Uint8Array, makeMaster: (header: JournalHeader, roles: Roles) => Master) {
    const { header, roles, entries } = readJournal(bytes);
    this.header = header;
    this.#entries = entries;
    this.#master = makeMaster(header, roles);
  }

  /** Runs about so many inputs; undefined as long as there are more. */
  run(count: number): JournalVerdict | undefined {
    try {
      for (let left = count; left > 0; left--) {
        const next = this.#entries.next();
        if (next.done === true) return verdict(this.#inputs, 'same');
        const entry = next.value;
        if (entry.type === 'input') {
          this.#master.step(entry.input, entry.now, this.#effects);
          this.#inputs++;
        }
        const found = compare(entry, this.#effects, this.#master, this.#inputs);
        if (found !== undefined) return found;
      }
      return undefined;
    } catch (error) {
      if (error instanceof JournalCutError) return verdict(this.#inputs, 'same', error.message);
      if (error instanceof JournalError) return verdict(this.#inputs, 'damaged', error.message);
      throw error;
    }
  }
}

function verdict(
  inputs: number,
  outcome: JournalVerdict['outcome'],
  problem?: string,
  firstDivergence?: JournalVerdict['firstDivergence'],
): JournalVerdict {
  return { inputs, outcome, problem, firstDivergence };
}

/** What is wrong after an entry; undefined: nothing. */
function compare(
  entry: JournalEntry,
  { digest }: EffectsDigest,
  master: Master,
  inputs: number,
): JournalVerdict | undefined {
  switch (entry.type) {
    case 'input': {
      if (digest.short === entry.short) return undefined;
      const { index, now, input } = entry;
      const problem = `input ${index} (${input.type} at ${now / SECOND} s) has other effects than in the journal`;
      return verdict(inputs, 'diverged', problem, { index, now, input });
    }
    case 'checkpoint':
    case 'end':
      if (entry.inputs !== inputs) {
        return verdict(inputs, 'diverged', `the journal counts ${entry.inputs} inputs, it has ${inputs}`);
      }
      if (digest.hex() !== entry.digest) {
        return verdict(inputs, 'diverged', `the effects of the first ${inputs} inputs differ`);
      }
      if (entry.type === 'end' && master.digest() !== entry.state) {
        return verdict(inputs, 'diverged', `after all ${inputs} inputs the master's state differs`);
      }
      return undefined;
  }
}
