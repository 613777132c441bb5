import { allocatorNames } from '../../src/allocators/registry.js';
import { testAllocator } from '../../src/testing.js';

for (const name of allocatorNames()) testAllocator(name, { runs: 40 });
