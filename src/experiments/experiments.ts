import { allocatorTable } from './allocator-table.js';
import { drfTable } from './drf-table.js';
import { drfWorkedExample } from './drf-worked-example.js';
import { ebayUtilisation } from './ebay-utilisation.js';
import type { Experiment } from './experiment.js';
import { paypalConsolidation } from './paypal-consolidation.js';
import { priceOfCoarseOffers } from './price-of-coarse-offers.js';

export const experiments: readonly Experiment[] = [
  drfWorkedExample,
  drfTable,
  allocatorTable,
  priceOfCoarseOffers,
  paypalConsolidation,
  ebayUtilisation,
];
