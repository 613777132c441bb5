import { describe, expect, it } from 'vitest';
import { demandExample, sim, temporaryFile } from './fake-terminal.js';

/** Arguments, and what the one or two lines of the error say. */
const mistakes: [string[], RegExp][] = [
  [['rnu'], /^sim: no command "rnu"\. Did you mean run\?$/],
  [['frobnicate'], /^sim: no command "frobnicate"\. There are run, .*trace, /],
  [['--trace', 'x.csv'], /^sim: no option "--trace"\. /],
  [['trace', 'inof'], /^sim: sim trace has no command "inof"\. Did you mean info\? There are info, head, /],
  [['trace', 'head', 'x.csv', '-n', '0'], /^sim: --rows is "0"; it is a whole number, 1 or more\.$/],
  [['run', '--seed', '2'], /^sim: sim run needs a trace: sim run --trace .*\n {5}sim run alone says /],
  [['run', '--traec', 'x.csv'], /^sim: sim run has no option --traec\. Did you mean --trace\?$/],
  [['run', 'x.csv', '--zzz=1'], /^sim: sim run has no option --zzz\. See sim run --help\.$/],
  [['run', 'x.csv', '-x'], /^sim: sim run has no option /],
  [['run', '--trace'], /^sim: --trace needs a value\./],
  [['run', 'a.csv', 'b.csv'], /^sim: sim run takes one trace, and these are a\.csv, b\.csv\.$/],
  [['run', 'x.csv', '--seed', '1', '--seed', '2'], /^sim: --seed is given 2 times \(1, 2\); give it once\.$/],
  [['run', 'x.csv', '--allocator', 'drff'], /^sim: no allocator "drff"\. Did you mean drf\? Built in: drf, /],
  [
    ['run', 'x.csv', '--allocator', 'drf?a=b'],
    /^sim: the allocator drf has no option "a"\. It takes quota, on-recover, idle-reservations, ageing\.$/,
  ],
  [
    ['run', 'x.csv', '--allocator', 'static?bye=role'],
    /^sim: .* static has no option "bye"\. Did you mean by\? .* by\.$/,
  ],
  [
    ['run', 'x.csv', '--allocator', 'static?by=team'],
    /^sim: static: by is "team"; it is one of role, framework /,
  ],
  [
    ['run', 'x.csv', '--allocator', 'slots?cpus=-1'],
    /^sim: slots: cpus is "-1"; it is a number from 0\.001 /,
  ],
  [
    ['run', 'x.csv', '--allocator', 'slots?cpus'],
    /^sim: slots: "cpus" is no option; write slots\?key=value\.$/,
  ],
  [['run', 'x.csv', '--allocator', 'fifo', '--offers', 'coarse'], /^sim: fifo needs to know .*\n.*Leave out/],
  [['run', 'x.csv', '--offers', 'demnad'], /^sim: --offers is "demnad"; .* Did you mean demand\?$/],
  [['run', 'x.csv', '--agent-order', 'x'], /^sim: --agent-order is "x"; it is one of random, first-fit, /],
  [['run', 'x.csv', '--until', 'soon'], /^sim: --until is "soon"; it is a time of 0 or more, such as /],
  [['run', 'x.csv', '--until', '-5'], /^sim: --until is "-5"; /],
  [['run', 'x.csv', '--allocation-interval', '0'], /^sim: --allocation-interval is "0"; .*\n.*--instant/],
  [['run', 'x.csv', '--instant', '--latency', '2ms'], /^sim: --instant means no batches and no latency: /],
  [['run', 'x.csv', '--instant', '--allocation_interval', '2secs'], /leave out --allocation-interval/],
  [['run', 'x.csv', '--latency', 'gamma:1'], /^sim: latency "gamma:1" /],
  [['run', 'x.csv', '--split-cpus', 'two'], /^sim: --split-cpus is "two"; it is a number above 0\.$/],
  [['run', 'x.csv', '--scale-load', '0'], /^sim: --scale-load is "0"; it is a number above 0\.$/],
  [['run', 'x.csv', '--agents', 'x*cpus:1'], /^sim: agents "x\*cpus:1": /],
  [
    ['run', 'x.csv', '--agents', '10000000*cpus:1'],
    /^sim: agents "10000000\*cpus:1": the count before \* is "10000000"; .* from 1 to 500,000$/,
  ],
  [
    ['run', 'x.csv', '--agents', '400000*cpus:1', '--agents', '400000*cpus:2'],
    /^sim: the cluster has 800,000 agents; a run takes 500,000 at most$/,
  ],
  [['run', 'x.csv', '--agents', '2*cpus:'], /^sim: agents "2\*cpus:": /],
  [['run', 'x.csv', '--weights', 'prod'], /^sim: --weights: "prod" is not role=weight, such as prod=3\.$/],
  [['run', 'x.csv', '--weights', 'prod=0'], /^sim: --weights: the weight of prod is "0"; /],
  [['run', 'x.csv', '--weights', 'a=1,a=2'], /^sim: --weights: a has two weights; give it one\.$/],
  [
    ['run', 'x.csv', '--weights', 'a//b=1'],
    /^sim: --weights: role "a\/\/b" has an empty component \(R-2\.1\)\.$/,
  ],
  [['run', 'x.csv', '--quota', 'a=cpus:1'], /^sim: --quota "a=cpus:1" is not role=limit:resources/],
  [['run', 'x.csv', '--quota', 'a=limit:'], /^sim: --quota "a=limit:" names no resource/],
  [['run', 'x.csv', '--quota', 'a=limit:cpus:x'], /^sim: --quota "a=limit:cpus:x": /],
  [['run', 'x.csv', '--quota=a=limit:cpus:1', '--quota=a=limit:mem:1'], /^sim: --quota: a has two limits/],
  [['run', 'x.csv', '--quota=a=limit:cpus:1', '--quota=a=guarantee:cpus:2'], /a is guaranteed cpus:2, above/],
  [['run', 'x.csv', '--min-allocatable', 'cpus:x'], /^sim: --min-allocatable: /],
  [
    ['run', 'x.csv', '--never-ask', 'old'],
    /^sim: --never-ask is about demand offers, .*: add --offers demand\.$/,
  ],
  [['run', 'no-such-file.csv'], /^sim: no-such-file\.csv: there is no such file/],
  [['run', 'x.csv', '--format', 'xls'], /^sim: no trace format "xls"/],
  [['trace', 'info'], /^sim: sim trace info takes one file, and none is given: /],
  [
    ['trace', 'info', 'a.csv', 'b.csv'],
    /^sim: sim trace info takes one file, and these are a\.csv, b\.csv: /,
  ],
  [['scenario'], /^sim: sim scenario needs a file or a folder of them: /],
  [['scenario', 'x.json', '--allocator', 'fifi'], /^sim: no allocator "fifi"\. Did you mean fifo\?/],
  [['scenario', 'x.json', '--seeds', '0'], /^sim: --seeds is "0"; it is a whole number from 1 /],
];

describe('a mistake is told in one or two lines, with exit status 2', () => {
  it.each(mistakes)('sim %j', async (args, expected) => {
    const { status, out, err } = await sim(args);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(/\n$/);
    const text = err.slice(0, -1);
    expect(text).toMatch(expected);
    expect(text.split('\n').length).toBeLessThanOrEqual(2);
  });

  it('quotes no control character of a file that is not JSON', async () => {
    const path = temporaryFile('\u001b[2J\u0007\u202eagents', 'c.json');
    for (const args of [
      ['run', temporaryFile(demandExample), '--cluster', path],
      ['scenario', path],
    ]) {
      const { out, err } = await sim(args);
      expect(out + err).toMatch(/not JSON: Unexpected token/);
      expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
    }
  });

  it('counts a scenario that is not there as one that failed', async () => {
    const broken = temporaryFile('{', 'broken.json');
    for (const paths of [
      ['nowhere', 'nothing/*.json'],
      ['nowhere', broken],
    ]) {
      const { status, out } = await sim(['scenario', ...paths]);
      expect([status, out.split('\n').at(-2)]).toEqual([1, '0 passed, 2 failed']);
    }
  });

  it('names the row of a bad trace', async () => {
    const path = temporaryFile(`${demandExample}0,a,1,1,-3\n`);
    const { status, err } = await sim(['run', path]);
    expect(status).toBe(2);
    expect(err).toContain(`sim: ${path}:7: duration_s is "-3"`);
  });

  it('refuses a cluster in the trace that makes no sense', async () => {
    const path = temporaryFile(`# cluster: lots*cpus:1\n${demandExample}`);
    const { status, err } = await sim(['run', path]);
    expect(status).toBe(2);
    expect(err).toMatch(/cluster.*lots/);
  });
});
