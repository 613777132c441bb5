import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ciNames, type CiName } from '../../src/workloads/generators/ci-settings.js';
import {
  describeGenerator,
  generate,
  GeneratorError,
  generators,
  parametersOf,
  type GenerateOptions,
} from '../../src/workloads/generators/index.js';
import type { ParameterInput } from '../../src/workloads/generators/readers.js';
import { buildsOf, isRestart, toCsv, toCsvWithoutEcho } from './generated-csv.js';

const names = Object.keys(generators);
const small: GenerateOptions = { seed: 'test', days: 1, scale: 0.02 };

describe.each(names)('%s', (name) => {
  it('gives the same bytes for the same seed, and others for another seed', async () => {
    const first = await toCsv(generate(name, small));
    expect(await toCsv(generate(name, small))).toBe(first);
    expect(await toCsvWithoutEcho(name, { ...small, seed: 'other' })).not.toBe(
      await toCsvWithoutEcho(name, small),
    );
  });

  it('draws the same rows on each pass over one trace', () => {
    const { rows } = generate(name, small);
    expect([...rows]).toEqual([...rows]);
  });

  it('begins a longer trace with the builds of the shorter one', () => {
    const day = buildsOf(name, small);
    const week = buildsOf(name, { ...small, days: 7 });
    const morning = buildsOf(name, { ...small, days: 0.4 });
    expect(week.slice(0, day.length)).toEqual(day);
    expect(day.slice(0, morning.length)).toEqual(morning);
    expect(morning.length).toBeGreaterThan(0);
    expect(morning.every((build) => build.submitMs < 0.4 * 86_400_000)).toBe(true);
  });

  it('starts every master at 0 as a service, then builds in order of time', () => {
    const rows = [...generate(name, small).rows];
    const masters = rows.filter((row) => row.kind === 'service');
    expect(masters).toHaveLength(Math.round(0.02 * Number(valueOf(name, 'masters'))));
    expect(rows.slice(0, masters.length)).toEqual(masters);
    expect(new Set(masters.map((row) => row.job)).size).toBe(masters.length);
    expect(masters.every((row) => row.submitMs === 0 && row.role === 'masters')).toBe(true);
    const times = rows.map((row) => row.submitMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('names for each build a framework that is one of its masters', () => {
    const rows = [...generate(name, small).rows];
    const masters = new Set(rows.filter((row) => row.kind === 'service').map((row) => row.job));
    const frameworks = rows.filter((row) => row.kind === 'batch').map((row) => row.framework);
    expect(frameworks.every((framework) => masters.has(framework))).toBe(true);
  });

  it('restarts only failed builds, once, after their end, as the same team and flavour', () => {
    const builds = buildsOf(name, { ...small, days: 7, parameters: { restartShare: 0.2 } });
    const byJob = new Map(builds.map((build) => [build.job, build]));
    expect(byJob.size).toBe(builds.length);
    const restarts = builds.filter(isRestart);
    expect(restarts.length).toBeGreaterThan(10);
    for (const restart of restarts) {
      const original = byJob.get(restart.job.replace(/-retry$/, ''))!;
      expect(original.exit).toBe(1);
      expect(restart.submitMs).toBeGreaterThanOrEqual(original.submitMs + original.durationMs);
      const { cpus, mem, framework, role } = restart;
      expect(original).toMatchObject({ cpus, mem, framework, role });
    }
  });

  it('tells each parameter with its default, tag, meaning and source', () => {
    const parameters = parametersOf(name);
    expect(parameters.map((parameter) => parameter.name)).toEqual(ciNames);
    const help = describeGenerator(name);
    const squeezed = help.replace(/\s+/g, '');
    for (const { name: parameter, value, tag, meaning, source } of parameters) {
      expect(squeezed).toContain(`${parameter}=${value}`.replace(/\s+/g, ''));
      expect(['P', 'D', 'A']).toContain(tag);
      expect(squeezed).toContain(`${meaning}(${source})`.replace(/\s+/g, ''));
    }
    for (const line of help.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it('takes each default back as text', async () => {
    const parameters = Object.fromEntries(
      parametersOf(name).map((parameter) => [parameter.name, parameter.value]),
    );
    expect(await toCsv(generate(name, { ...small, parameters }))).toBe(await toCsv(generate(name, small)));
  });
});

describe('a parameter', () => {
  const options: GenerateOptions = { seed: 'test', days: 7, scale: 0.02 };
  const changed: Readonly<Record<CiName, ParameterInput>> = {
    masters: 2000,
    masterCpus: 0.3,
    masterMem: 2048,
    buildingShare: 0.5,
    buildsPerDay: 20000,
    teamSigma: 1,
    teamShareMax: 0.9,
    stackNames: ['java', 'node', 'python', 'go'],
    stackShares: [1, 1, 1, 1],
    hourWeights: Array.from({ length: 24 }, (_, hour) => hour),
    weekdayWeights: [1, 1, 1, 1, 1, 1, 1],
    firstWeekday: 4,
    nightlyShare: 0.3,
    nightlyHour: 3,
    nightlySpreadHours: 2,
    nightlyWeight: 1,
    durationP50: 300,
    durationP80: 700,
    durationMax: 900,
    flavourCpus: [0.5, 1, 2, 3],
    flavourMem: [768, 1408, 4506, 8192],
    flavourShares: [1, 1, 1, 1],
    failureShare: 0.3,
    restartShare: 0.05,
    restartWithinHour: 0.9,
    coldStartSeconds: 10,
    keepSeconds: 60,
    agents: 50,
    agentCpus: 48,
    agentMem: 65536,
    agentDisk: 1000,
    masterConstraint: 'group=masters',
    buildConstraint: 'group=builds;zone=z1',
  };

  it.each(ciNames)('%s changes the trace', async (parameter) => {
    const parameters = { [parameter]: changed[parameter] };
    const before = await toCsvWithoutEcho('paypal-ci', options);
    expect(await toCsvWithoutEcho('paypal-ci', { ...options, parameters })).not.toBe(before);
  });

  it('that differs from its default is named in the header', async () => {
    const parameters = { failureShare: '0.3', stackShares: '1,1,1,1', durationP50: '240' };
    const csv = await toCsv(generate('paypal-ci', { ...small, parameters }));
    expect(csv.split('\n').slice(0, 7)).toEqual([
      '# generator: paypal-ci version 1, seed test, days 1, scale 0.02',
      '# parameters: stackShares=1,1,1,1 failureShare=0.3',
      '# cluster: 2*cpus:24;mem:73728;disk:184320',
      '# framework-model: ci?cold_start_s=45&keep_s=180',
      '# roles: --weights "nightly=0.5" --quota "masters=guarantee:cpus:10;mem:76800"',
      '# synthetic; docs/workloads.md says what is published and what is assumed',
      'submit_s,duration_s,cpus,mem,job,framework,role,kind,exit',
    ]);
  });

  it('of failure or restart leaves the times and durations of first runs as they were', () => {
    const firstRuns = (parameters: Record<string, ParameterInput>): unknown[] =>
      buildsOf('paypal-ci', { ...small, parameters })
        .filter((build) => !isRestart(build))
        .map(({ submitMs, durationMs, cpus, job, framework }) => ({
          submitMs,
          durationMs,
          cpus,
          job,
          framework,
        }));
    expect(firstRuns({ failureShare: 0.5 })).toEqual(firstRuns({}));
    expect(firstRuns({ restartWithinHour: 0.9 })).toEqual(firstRuns({}));
  });

  it('of constraint brings the column, filled for its rows alone', async () => {
    const parameters = { buildConstraint: 'group=builds' };
    const lines = (await toCsv(generate('ebay-ci', { ...small, parameters }))).split('\n').slice(6, -1);
    expect(lines[0]).toBe('submit_s,duration_s,cpus,mem,job,framework,role,kind,exit,constraint');
    const isRight = (line: string): boolean =>
      line.endsWith(line.includes(',service,') ? ',0,' : ',group=builds');
    expect(lines.slice(1).filter((line) => !isRight(line))).toEqual([]);
  });
});

describe('scale', () => {
  it.each([
    [0.0001, '1*', 1],
    [0.1, '10*', 250],
    [2, '200*', 5000],
  ])('%s shrinks or grows masters and agents alike', (scale, agents, masterCount) => {
    const trace = generate('paypal-ci', { seed: 'test', days: 0.01, scale });
    expect(trace.cluster.startsWith(agents)).toBe(true);
    expect([...trace.rows].filter((row) => row.kind === 'service')).toHaveLength(masterCount);
  });

  it('keeps a heavy tail of teams in a small trace, without one that is all of it', () => {
    const builds = buildsOf('paypal-ci', { seed: 'test', days: 7, scale: 0.02 });
    const counts = new Map<string, number>();
    for (const { framework } of builds) counts.set(framework, (counts.get(framework) ?? 0) + 1);
    const largest = Math.max(...counts.values()) / builds.length;
    expect(largest).toBeGreaterThan(3 / 50);
    expect(largest).toBeLessThan(12 / 50);
  });
});

describe('a mistake is told in one line', () => {
  const withParameters = (parameters: Record<string, ParameterInput>) => () =>
    generate('paypal-ci', { ...small, parameters });

  it.each<[string, () => unknown, string]>([
    [
      'unknown generator',
      () => generate('paypal', small),
      'no generator "paypal". Built in: paypal-ci, ebay-ci,',
    ],
    ['a name of Object', () => generate('toString', small), 'no generator "toString"'],
    ['no days', () => generate('ebay-ci', { ...small, days: 0 }), 'days is 0; it is a number above 0'],
    ['days not a number', () => generate('ebay-ci', { ...small, days: NaN }), 'days is NaN; it is'],
    ['negative scale', () => generate('ebay-ci', { ...small, scale: -1 }), 'scale is -1; it is'],
    [
      'unknown parameter',
      withParameters({ masterz: 1 }),
      'paypal-ci has no parameter "masterz". It has masters,',
    ],
    ['__proto__', withParameters(JSON.parse('{"__proto__":1}')), 'no parameter "__proto__"'],
    [
      'share above 1',
      withParameters({ failureShare: 2 }),
      'failureShare is "2"; it takes a number from 0 to 1.',
    ],
    ['empty text', withParameters({ masters: ' ' }), 'masters is " "; it takes a whole number from 1'],
    ['half a master', withParameters({ masters: 1.5 }), 'masters is "1.5"; it takes a whole number'],
    ['23 hours', withParameters({ hourWeights: '1,2,3' }), 'hourWeights is "1,2,3"; it takes 24 numbers'],
    [
      'all weights 0',
      withParameters({ flavourShares: [0, 0, 0, 0] }),
      'flavourShares is "0,0,0,0"; it takes',
    ],
    ['a name twice', withParameters({ stackNames: 'a,a' }), 'stackNames is "a,a"; it takes different names'],
    ['a comma in a role', withParameters({ stackNames: ['a,b'] }), 'stackNames is "a,b"'],
    ['no constraint', withParameters({ buildConstraint: 'masters' }), 'it takes a constraint such as'],
    ['stack lists', withParameters({ stackNames: 'a,b' }), 'stackNames and stackShares have 2 and 4 entries'],
    ['flavour lists', withParameters({ flavourCpus: '1' }), 'have 1, 4 and 4 entries; set all three alike'],
    [
      'more restarts than failures',
      withParameters({ failureShare: 0.01 }),
      'only failed builds are started again',
    ],
    ['p80 below p50', withParameters({ durationP80: 100 }), 'durationP80 is 100 and durationP50 240'],
  ])('%s', (_, act, message) => {
    let error: unknown;
    try {
      act();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(GeneratorError);
    expect((error as GeneratorError).message).toContain(message);
    expect((error as GeneratorError).message).not.toContain('\n');
  });

  it('keeps a seed with a line break inside its comment', async () => {
    const csv = await toCsv(generate('ebay-ci', { ...small, seed: 'a\n0,1,1,1' }));
    expect(csv.split('\n')[0]).toBe('# generator: ebay-ci version 1, seed a 0,1,1,1, days 1, scale 0.02');
  });
});

describe('whatever is set', () => {
  const text = fc.oneof(fc.string(), fc.double().map(String), fc.constantFrom('1,2,3,4', 'a,b,c,d', '0', ''));

  it('a parameter is taken or refused in words', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ciNames), text, (parameter, value) => {
        try {
          generate('paypal-ci', { ...small, parameters: { [parameter]: value } });
        } catch (error) {
          expect(error).toBeInstanceOf(GeneratorError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('rows are in order, within the trace, of whole milliseconds and known roles', () => {
    const settings = fc.record({
      teamSigma: fc.double({ min: 0, max: 5, noNaN: true }),
      teamShareMax: fc.double({ min: 0, max: 1, noNaN: true }),
      buildingShare: fc.double({ min: 0.0001, max: 1, noNaN: true }),
      nightlyShare: fc.double({ min: 0, max: 1, noNaN: true }),
      nightlyHour: fc.double({ min: 0, max: 24, noNaN: true }),
      nightlySpreadHours: fc.double({ min: 0, max: 24, noNaN: true }),
      durationP50: fc.double({ min: 0.001, max: 600, noNaN: true }),
      restartWithinHour: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      stackShares: fc.constantFrom([1, 0, 0, 0], [1, 1, 1, 1], [0, 0, 1, 99]),
    });
    const scales = fc.double({ min: 0.0001, max: 0.01, noNaN: true });
    const days = fc.double({ min: 0.01, max: 3, noNaN: true });
    fc.assert(
      fc.property(fc.string(), settings, scales, days, (seed, parameters, scale, length) => {
        const rows = [...generate('paypal-ci', { seed, days: length, scale, parameters }).rows];
        let before = 0;
        for (const { submitMs, durationMs, role, exit } of rows) {
          expect(submitMs).toBeGreaterThanOrEqual(before);
          expect(submitMs).toBeLessThanOrEqual(length * 86_400_000);
          expect(Number.isSafeInteger(submitMs) && Number.isSafeInteger(durationMs)).toBe(true);
          expect(durationMs).toBeGreaterThan(0);
          expect(role).toMatch(/^(masters|nightly|builds-(java|node|python|cpp))$/);
          expect([0, 1]).toContain(exit);
          before = submitMs;
        }
      }),
      { numRuns: 60 },
    );
  });
});

function valueOf(name: string, parameter: CiName): string {
  return parametersOf(name).find((entry) => entry.name === parameter)!.value;
}
