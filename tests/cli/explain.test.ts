/** `sim explain` and `sim run --explain`: questions, answers, refusals. */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sim, temporaryFile } from './fake-terminal.js';

const rows = [
  'submit_s,duration_s,cpus,mem,role,framework,tasks',
  '0,100,2,512,prod,p,2',
  '1,100,2,512,batch,b,4',
  '2,100,8,512,dev,d,1',
].join('\n');
const agents = ['--agents', '2*cpus:4;mem:4096', '--offers', 'demand'];

const explain = (...more: string[]) =>
  sim(['explain', '--trace', temporaryFile(rows), '--at', '5', ...agents, ...more]);

describe('sim explain', () => {
  it('says who gets nothing and why, and what is never asked for', async () => {
    expect(await explain()).toEqual({
      status: 0,
      err: '',
      out: [
        'a cycle at 5 s: 0 offers',
        'b in role batch gets nothing, 2 tasks asked for, the next cpus:2;mem:512:',
        '  a0, a1: no room: needs 2 cpus, the most that is free is 0',
        '  held by role prod (share 0.5000), against 0.5000 of its own',
        'never asked for: 1 task of d in role dev (cpus:8;mem:512): needs cpus:8, and no agent it may use has more than 4',
        '',
      ].join('\n'),
    });
  });

  it('R-3.9: says where a sorter is random', async () => {
    const random = ['--role-sorter', 'random'];
    expect((await explain(...random)).out).toMatch(/^a cycle at 5 s, random role sorter: 0 offers\n/);
    const json = JSON.parse((await explain(...random, '--json')).out);
    expect(json.sorters).toEqual({ role: 'random', framework: 'drf' });
  });

  it.each([
    [['--task', '2'], /^task 2: it has run for 4 s on a\d\na cycle at 5 s/],
    [
      ['--task', '5'],
      /^task 5: it has waited for 4 s\na cycle at 5 s: 0 offers\nb in role batch gets nothing/,
    ],
    [
      ['--task', '6'],
      /^task 6: it fits no agent of the cluster, however empty\n[^]*\nnever asked for: 1 task of d /,
    ],
    [['--role', 'prod'], /^a cycle [^]*p in role prod gets nothing:\n {2}it asks for nothing\n$/],
    [['--framework', 'd'], /suppressed[^]*\nnever asked for: 1 task of d /],
  ])('answers %j', async (question, answer) => {
    const { status, out } = await explain(...question);
    expect(status).toBe(0);
    expect(out).toMatch(answer);
  });

  it('does not tell of a gang that is left out where one task like it is asked about', async () => {
    const gang = temporaryFile(
      'submit_s,duration_s,cpus,mem,framework,tasks,gang\n0,100,4,512,a,1,0\n1,100,4,512,a,3,1\n',
    );
    const about = (task: string) => sim(['explain', '--trace', gang, '--at', '5', ...agents, '--task', task]);
    expect((await about('0')).out).not.toMatch(/never asked for/);
    expect((await about('1')).out).toMatch(/^never asked for: 3 tasks of a /m);
  });

  it('says the same as JSON', async () => {
    const { out } = await explain('--json', '--task', '5');
    expect(JSON.parse(out)).toMatchObject({
      task: 5,
      fate: 'it has waited for 4 s',
      at: 5,
      unserved: [
        { framework: 'b', ask: { waiting: 2 }, reasons: [{ rule: 'room', needs: '2' }, { rule: 'held' }] },
      ],
    });
    expect(JSON.parse((await explain('--json')).out)).toMatchObject({
      leftOut: [{ framework: 'd', role: 'dev', tasks: 1, resources: 'cpus:8;mem:512' }],
    });
  });

  it.each([
    [['--at', 'noon'], /--at is given 2 times/],
    [['--role', 'nope'], /^sim: the trace has no role nope; it has prod, batch, dev\.\n$/],
    [['--framework', 'nope'], /^sim: the trace has no framework nope; it has p, b, d\.\n$/],
    [['--task', '7'], /^sim: --task is "7"; it is a whole number from 0 to 6\.\n$/],
    [['--explain', 'x'], /^sim: sim explain has no option --explain\./],
  ])('refuses %j', async (more, message) => {
    const { status, err } = await explain(...more);
    expect(status).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('sim run --explain', () => {
  it('writes a line for each cycle in which somebody got nothing', async () => {
    const trace = temporaryFile(rows);
    const path = join(dirname(trace), 'why.jsonl');
    const { status } = await sim(['run', '--trace', trace, ...agents, '--explain', path, '--quiet']);
    expect(status).toBe(0);
    const lines = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines[0]).toMatchObject({ at: 2, unserved: [{ framework: 'b' }] });
  });

  it.each([['demand'], ['coarse'], ['coarse', '--instant']])(
    'changes no decision: %s %s',
    async (...mode) => {
      const trace = temporaryFile(rows);
      const all = ['run', '--trace', trace, ...agents.slice(0, 2), '--offers', ...mode, '--json'];
      const hash = async (...more: string[]): Promise<string> =>
        (JSON.parse((await sim([...all, ...more])).out) as { decisionHash: string }).decisionHash;
      expect(await hash('--explain', join(dirname(trace), 'why'))).toBe(await hash());
    },
  );

  it('refuses what it cannot write, and the trace', async () => {
    const trace = temporaryFile(rows);
    const refusal = (path: string) => sim(['run', '--trace', trace, '--explain', path]);
    const none = join(tmpdir(), 'no-such-folder', 'x');
    expect(await refusal(none)).toMatchObject({
      status: 3,
      err: `sim: cannot write the explanations ${none}: there is no such folder.\n`,
    });
    expect(await refusal(tmpdir())).toMatchObject({ status: 3 });
    expect(await refusal(trace)).toMatchObject({
      status: 2,
      err: `sim: --explain ${trace} would overwrite the trace; give it another name.\n`,
    });
    expect(readFileSync(trace, 'utf8')).toBe(rows);
    expect(existsSync(none)).toBe(false);
  });
});
