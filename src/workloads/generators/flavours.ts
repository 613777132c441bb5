import type { CiSettings } from './ci-settings.js';
import { weightedPick } from './pick.js';

/** A size of build. The pool in which a master keeps idle executors is one per flavour. */
export interface Flavour {
  readonly cpus: number;
  /** MB */
  readonly mem: number;
}

/** A function that draws the flavour of the next build. */
export function flavourPick(
  settings: Pick<CiSettings, 'flavourCpus' | 'flavourMem' | 'flavourShares'>,
  random: () => number,
): () => Flavour {
  const flavours = settings.flavourCpus.map((cpus, index) => ({ cpus, mem: settings.flavourMem[index] }));
  const pick = weightedPick(settings.flavourShares, random);
  return () => flavours[pick()];
}
