import { agentSize, BenchError, limitRun, limitTrace, median, numberOption, simRun } from './processes.js';

/**
 * CPU time of `sim run` over that of the reference program on the same trace, both as whole processes: the full offer
 * protocol with metrics, against decisions alone.
 *
 * @param {readonly string[]} args --pairs N, --tasks N, --frameworks N, --agents N, --seed N
 */
export function replay(args) {
  const size = {
    tasks: numberOption(args, 'tasks', 1_000_000),
    frameworks: numberOption(args, 'frameworks', 1000),
    agents: numberOption(args, 'agents', 10_000),
    seed: numberOption(args, 'seed', 1),
  };
  const pairs = numberOption(args, 'pairs', 5);
  const trace = limitTrace(size);
  const options = ['--trace', trace, '--agents', `${size.agents}*${agentSize}`, '--allocator', 'drf'];
  const mode = ['--offers', 'demand', '--instant', '--agent-order', 'first-fit'];
  console.log(
    `replay: ${size.tasks} tasks, ${size.frameworks} frameworks, ${size.agents} agents, seed ${size.seed}`,
  );
  const ratios = [];
  let peak = 0;
  for (let pair = 1; pair <= pairs; pair++) {
    const limit = limitRun(trace, size.agents);
    const { cpuSeconds, summary } = simRun([...options, ...mode]);
    const { decisionHash, wait, makespan, timing } = summary;
    if (decisionHash !== limit.hash) {
      throw new BenchError(
        `the decisions differ: hash ${decisionHash}, the reference program has ${limit.hash}`,
      );
    }
    if (Math.abs(wait.mean - limit.meanWait) > 1e-6 || Math.abs(makespan - limit.makespan) > 1e-3) {
      throw new BenchError(
        `mean wait ${wait.mean} s and makespan ${makespan} s are not the reference program's`,
      );
    }
    peak = Math.max(peak, timing.peakMemoryBytes);
    ratios.push(cpuSeconds / limit.cpuSeconds);
    console.log(
      `  ${pair}: sim ${cpuSeconds.toFixed(2)} s, reference ${limit.cpuSeconds.toFixed(2)} s, ` +
        `ratio ${(cpuSeconds / limit.cpuSeconds).toFixed(1)}, hash ${decisionHash}`,
    );
  }
  console.log(
    `ratio ${median(ratios).toFixed(2)} (median of ${pairs}), peak memory ${(peak / 2 ** 20).toFixed(0)} MiB`,
  );
}
