import { allocatorTable } from './allocator-table.js';
import { drfTable } from './drf-table.js';
import type { Experiment } from './experiment.js';

export const experiments: readonly Experiment[] = [drfTable, allocatorTable];
