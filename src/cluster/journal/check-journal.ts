import type { Micros } from '../ids.js';
import type { Master } from '../master/master.js';
import type { MasterInput } from '../protocol.js';
import type { Roles } from '../roles.js';
import { EffectsDigest } from './effects-digest.js';
import type { JournalHeader } from './format.js';
import { JournalError } from './journal-error.js';
import { readJournal, type JournalEntry } from './read-journal.js';

export interface JournalVerdict {
  /** Inputs that were run again. */
  readonly inputs: number;
  /** The journal is whole and everything came out as before. */
  readonly ok: boolean;
  /** One line, unless ok. */
  readonly problem?: string;
  /** The first input whose effects differ from those of the journal. */
  readonly firstDivergence?: { readonly index: number; readonly now: Micros; readonly input: MasterInput };
}

/**
 * Gives a fresh master the inputs of a journal and compares what comes out.
 *
 * Every input has 16 bits of checksum, so the first one that differs is named; by bad luck (one in 65,536) it is a later
 * one, and a full digest every few thousand inputs leaves no difference unseen.
 *
 * @param makeMaster makes the master that the header describes, with this table of roles
 */
export function checkJournal(
  bytes: Uint8Array,
  makeMaster: (header: JournalHeader, roles: Roles) => Master,
): JournalVerdict {
  let inputs = 0;
  try {
    const { header, roles, entries } = readJournal(bytes);
    const master = makeMaster(header, roles);
    const effects = new EffectsDigest();
    for (const entry of entries) {
      if (entry.type === 'input') {
        master.step(entry.input, entry.now, effects);
        inputs++;
      }
      const verdict = compare(entry, effects, master, inputs);
      if (verdict !== undefined) return verdict;
    }
    return { inputs, ok: true };
  } catch (error) {
    if (error instanceof JournalError) return { inputs, ok: false, problem: error.message };
    throw error;
  }
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
      const problem = `input ${index} (${input.type} at ${now} us) has other effects than in the journal`;
      return { inputs, ok: false, problem, firstDivergence: { index, now, input } };
    }
    case 'checkpoint':
    case 'end':
      if (entry.inputs !== inputs) {
        return { inputs, ok: false, problem: `the journal counts ${entry.inputs} inputs, it has ${inputs}` };
      }
      if (digest.hex() !== entry.digest) {
        return { inputs, ok: false, problem: `the effects of the first ${inputs} inputs differ` };
      }
      if (entry.type === 'end' && master.digest() !== entry.state) {
        return { inputs, ok: false, problem: `after all ${inputs} inputs the master's state differs` };
      }
      return undefined;
  }
}
