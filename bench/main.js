import process from 'node:process';
import { allocator } from './allocator.js';
import { coarse } from './coarse.js';
import { growth } from './growth.js';
import { BenchError } from './processes.js';
import { read } from './read.js';
import { realnet } from './realnet.js';
import { replay } from './replay.js';

const benchmarks = { replay, coarse, growth, read, allocator, realnet };

const usage = `usage  npm run -s build && npm run -s bench -- NAME [options]
  replay   CPU time over that of the reference program, same decisions [--pairs 5]
  coarse   CPU time per coarse offer in the first 45s of the trace; of all of it (--until end) also what such
           offers cost in waiting [--runs 1] [--until DURATION]
  growth   cost per task as tasks, agents and frameworks grow [--pairs 3]
  read     rows per second of native CSV, plain and packed, and the peak of memory
  allocator  Mesos's own benchmarks of its allocator, CPU ms a cycle, median and fastest, beside the time of the
           reference program [CASE…] [--json]; the case AddAndUpdateSlave is AddAgents and UpdateAgents
  realnet  a real master: tasks and calls a second, event fan-out, how long /state and the like hold its loop
           [tasks] [calls] [fan-out] [state] [--calls N]
All but read and allocator take --tasks N; replay and coarse take --frameworks N and --agents N.
The reference program is compiled from ../shared/bench/limit with g++.
`;

const [name, ...args] = process.argv.slice(2);
try {
  if (name === undefined || !Object.hasOwn(benchmarks, name)) {
    console.error(usage);
    process.exitCode = 2;
  } else {
    await benchmarks[name](args);
  }
} catch (error) {
  if (!(error instanceof BenchError)) throw error;
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
