import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { SECOND } from '../cluster/ids.js';
import { JournalCheck, type JournalVerdict } from '../cluster/journal/check-journal.js';
import type { JournalHeader } from '../cluster/journal/format.js';
import { JournalError } from '../cluster/journal/journal-error.js';
import { readJournal } from '../cluster/journal/read-journal.js';
import { Master } from '../cluster/master/master.js';
import type { Roles } from '../cluster/roles.js';
import { resolveAllocator, type AllocatorChoice } from '../plugins/resolve-allocator.js';
import { humanCounted, humanDuration } from '../report/human.js';
import { allocatorRandom } from '../sim/assemble.js';
import type { Command } from './command.js';
import { ExitStatus, UserError } from './user-error.js';
import { version } from './version.js';

/** Inputs between two looks at the clock, and milliseconds between two breaths: Ctrl-C is heard in them. */
const INPUTS_BETWEEN = 64;
const BREATH_MS = 50;

/** `sim journal check`: runs a master again from its journal. */
export const journalCheck: Command = {
  name: 'journal check',
  usage: 'FILE [options]',
  about: 'runs a master again from its journal and compares all that comes out',
  options: [{ group: 'output', name: 'json', about: 'the verdict as one JSON document' }],
  examples: [
    'sim run --trace traces/paypal-ci.csv --until 1h --journal run.journal',
    'sim journal check run.journal',
  ],
  notes: [
    'A journal holds every input of the master with its time, and checksums of its',
    'effects. If something else comes out now, the first such input is named and the',
    'exit status is 1; 2 stands for a file that is no journal, or a damaged one. One',
    'that has no end, as after kill -9, is checked as far as it goes; --json tells',
    'that as complete: false.',
  ],
  run: async (args, terminal) => {
    const { positionals } = args;
    if (positionals.length !== 1) {
      const given = positionals.length === 0 ? 'none is given' : `these are ${positionals.join(', ')}`;
      throw new UserError(`sim journal check takes one file, and ${given}: sim journal check run.journal`);
    }
    const [path] = positionals;
    const check = await openCheck(path);
    const start = performance.now();
    const verdict = await runCheck(check);
    const { header } = check;
    if (args.has('json'))
      terminal.out(`${JSON.stringify(verdictDocument(path, header, verdict), null, 2)}\n`);
    else terminal.out(headText(path, header));
    if (verdict.outcome === 'same') {
      if (args.has('json')) return ExitStatus.done;
      const seconds = humanDuration((performance.now() - start) / 1000);
      const inputs = humanCounted(verdict.inputs, 'input');
      terminal.out(
        verdict.problem === undefined
          ? `same       ${inputs} run again in ${seconds}: all effects and the state\n`
          : `same       as far as it goes (${inputs}; it has no end: its writer was killed or still writes)\n`,
      );
      return ExitStatus.done;
    }
    const { outcome, problem = '', inputs } = verdict;
    const isDamaged = outcome === 'damaged';
    const hint = isDamaged
      ? `The ${humanCounted(inputs, 'input')} before that gave what the journal says.`
      : await whyDiverged(header);
    throw new UserError(`${path}: ${problem}.\n${hint}`, isDamaged ? ExitStatus.usage : ExitStatus.negative);
  },
};

async function openCheck(path: string): Promise<JournalCheck> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new UserError(`${path}: ${reasons[code] ?? message}.`);
  }
  try {
    const choice = await resolveAllocator(readJournal(bytes).header.allocator);
    return new JournalCheck(bytes, (header, roles) => makeMaster(choice, header, roles));
  } catch (error) {
    if (error instanceof JournalError) throw new UserError(`${path}: ${error.message}.`);
    throw error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'that is a folder; a journal is a file',
  ERR_FS_FILE_TOO_LARGE: 'the file is too large to be read at once (2 GB)',
};

/** The master that the header describes. */
function makeMaster(choice: AllocatorChoice, header: JournalHeader, roles: Roles): Master {
  const { masterId, allocator: _name, seed, version: _, offerTimeoutUs, ...options } = header;
  const allocator = choice.create({ ...options, roles, random: allocatorRandom(seed) });
  const { intervalUs, instant } = options;
  const timeout = offerTimeoutUs === undefined ? {} : { offerTimeoutUs };
  return new Master({ masterId, roles, allocator, intervalUs, instant, ...timeout });
}

async function runCheck(check: JournalCheck): Promise<JournalVerdict> {
  let lastBreath = performance.now();
  for (;;) {
    const verdict = check.run(INPUTS_BETWEEN);
    if (verdict !== undefined) return verdict;
    if (performance.now() - lastBreath < BREATH_MS) continue;
    await setImmediate();
    lastBreath = performance.now();
  }
}

function headText(
  path: string,
  { allocator, offers, instant, intervalUs, seed, version: by }: JournalHeader,
): string {
  const pace = instant ? 'instant' : `${humanDuration(intervalUs / SECOND)} batches`;
  return `journal    ${path} · ${allocator} · ${offers} offers · ${pace} · seed ${seed} · by sim ${by}\n`;
}

async function whyDiverged({ version: writer }: JournalHeader): Promise<string> {
  const reader = await version();
  return writer === reader
    ? 'The master or its allocator has changed since, or does not depend on its inputs alone.'
    : `It was written by version ${writer}, and this is ${reader}.`;
}

function verdictDocument(path: string, header: JournalHeader, verdict: JournalVerdict): object {
  const { outcome, inputs, problem, firstDivergence: first } = verdict;
  return {
    path,
    allocator: header.allocator,
    seed: header.seed,
    version: header.version,
    outcome,
    complete: problem === undefined,
    inputs,
    problem: problem ?? null,
    firstDivergence:
      first === undefined ? null : { input: first.index, type: first.input.type, time: first.now / SECOND },
  };
}
