import { agentSize, limitTrace, median, numberOption, simRun, textOption } from './processes.js';

/** Of the full size: some 34 million offers, made while the cluster has room. */
const WINDOW = '45s';

/**
 * The price of coarse offers: CPU time per offer made (offer, answer, filter and its end included), and, of a whole trace,
 * how much longer tasks wait than with demand offers.
 *
 * At full size a whole trace is about a thousand million offers: nearly every job finds its framework's queue empty, so the
 * framework revives, and a REVIVE offers every agent with anything left at once.
 *
 * @param {readonly string[]} args --runs N, --tasks N, --frameworks N, --agents N, --until DURATION|end
 */
export function coarse(args) {
  const size = {
    tasks: numberOption(args, 'tasks', 1_000_000),
    frameworks: numberOption(args, 'frameworks', 1000),
    agents: numberOption(args, 'agents', 10_000),
  };
  const runs = numberOption(args, 'runs', 1);
  const until = textOption(args, 'until', WINDOW);
  const whole = until === 'end';
  const options = [
    '--trace',
    limitTrace(size),
    '--agents',
    `${size.agents}*${agentSize}`,
    '--allocator',
    'drf',
    ...(whole ? [] : ['--until', until]),
  ];
  const window = whole ? 'the whole trace' : `the first ${until} of the trace (--until end: all of it)`;
  console.log(
    `coarse: ${size.tasks} tasks, ${size.frameworks} frameworks, ${size.agents} agents, 1 s batches, ${window}`,
  );
  const perOffer = [];
  let last;
  for (let run = 1; run <= runs; run++) {
    const { cpuSeconds, summary } = simRun(options);
    last = summary;
    perOffer.push((cpuSeconds * 1e6) / summary.offers.made);
    console.log(`  ${run}: ${cpuSeconds.toFixed(2)} s, ${perOffer.at(-1).toFixed(2)} us per offer`);
  }
  const { offers, wait, decisionHash, timing } = last;
  const percent = (count) => ((100 * count) / offers.made).toFixed(1);
  const part = (count) => `${count} (${percent(count)} %)`;
  const told = [`accepted ${part(offers.accepted)}`, `declined ${part(offers.declined)}`];
  console.log(`offers ${offers.made}, ${told.join(', ')}`);
  if (whole) compareWaits(wait.mean, options);
  const mebibytes = timing.peakMemoryBytes / 2 ** 20;
  console.log(`hash ${decisionHash}, peak memory ${mebibytes.toFixed(0)} MiB`);
  console.log(`${median(perOffer).toFixed(2)} us of CPU per offer made (median of ${runs})`);
}

/**
 * Only of a whole trace: in a window of it the two modes have not started the same tasks.
 *
 * @param {number} coarseMean seconds
 * @param {readonly string[]} options of the same run
 */
function compareWaits(coarseMean, options) {
  const demand = simRun([...options, '--offers', 'demand', '--instant', '--agent-order', 'first-fit']);
  const { mean } = demand.summary.wait;
  console.log(`mean wait ${coarseMean.toFixed(2)} s coarse, ${mean.toFixed(2)} s demand`);
  console.log(`the price of coarse offers: ${(100 * (coarseMean / mean - 1)).toFixed(1)} % more waiting`);
}
