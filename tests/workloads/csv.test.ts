import { describe, expect, test } from 'vitest';
import { TaskFlag } from '../../src/workloads/trace.js';
import { faultOf, readCsv, taskOf } from './read-text.js';

const header = 'submit_s,duration_s,cpus,mem';
const row = (fields: string, columns = '') => readCsv(`${header}${columns}\n${fields}\n`);

describe('columns', () => {
  test('come in any order, and what is absent has its default', () => {
    const trace = readCsv('mem,cpus,duration_s,submit_s\n512,0.25,3.5,1\n');
    expect(taskOf(trace, 0)).toEqual({
      submit: 1,
      duration: 3.5,
      cpus: 0.25,
      mem: 512,
      framework: 'default',
      role: '*',
      job: 0,
      flags: 0,
    });
    expect(trace).toMatchObject({ format: 'csv', taskCount: 1, rowCount: 1, jobCount: 1, originUs: 0 });
    for (const absent of ['constraint', 'priority', 'exit', 'estimateUs', 'command', 'jobNames']) {
      expect(trace).not.toHaveProperty(absent);
    }
  });

  test('all have their place', () => {
    const columns = ',job,framework,role,disk,gpus,kind,constraint,priority,exit,command';
    const trace = row('0,1,2,3,build,alice,eng/ci,4,1,service,rack=r1;os=linux,-5,137,make all', columns);
    expect(taskOf(trace, 0)).toMatchObject({ job: 'build', framework: 'alice', role: 'eng/ci' });
    expect(trace.shapes).toEqual([{ cpusMilli: 2000, memMilli: 3000, diskMilli: 4000, gpusMilli: 1000 }]);
    expect(trace.flags[0]).toBe(TaskFlag.service);
    expect(trace.constraints[trace.constraint![0]]).toBe('rack=r1;os=linux');
    expect([trace.priority![0], trace.exit![0]]).toEqual([-5, 137]);
    expect(trace.commands[trace.command![0]]).toBe('make all');
  });

  test('an empty optional field has the default of its column', () => {
    const columns = ',job,framework,role,disk,gpus,kind,constraint,priority,exit,command,tasks,gang';
    const trace = row('0,1,2,3,,,,,,,,,,,,', columns);
    expect(taskOf(trace, 0)).toMatchObject({ framework: 'default', role: '*', job: 0, flags: 0 });
    expect(trace.taskCount).toBe(1);
    for (const absent of ['constraint', 'priority', 'exit', 'command'])
      expect(trace).not.toHaveProperty(absent);
  });

  test('a rare column that begins late has its default in the rows before', () => {
    const trace = row('0,1,1,1,,\n0,1,1,1,7,1\n0,1,1,1,,', ',priority,exit');
    expect([...trace.priority!]).toEqual([0, 7, 0]);
    expect([...trace.exit!]).toEqual([0, 1, 0]);
  });

  test('without a meaning are kept by name, and said', () => {
    const trace = row('0,1,1,1,x,y', ',user,"a ""b"", c"');
    expect(trace.labels).toEqual(['user', 'a "b", c']);
    expect(trace.notices.join()).toContain('user');
  });

  test.each([
    ['submit_s,cpus,mem\n', 't:1: the header has no column duration_s.'],
    ['submit_s;duration_s;cpus;mem\n', 'separated by commas'],
    [`${header},cpus\n`, 't:1: the column "cpus" is there twice.'],
    [`# x\n\n${header},mem\n`, 't:3: the column "mem" is there twice.'],
  ])('a wrong header is named: %j', (text, message) => {
    expect(faultOf(() => readCsv(text))).toContain(message);
  });
});

describe('numbers', () => {
  // Half up on the digit after the last kept one (C-4), which is all that is looked at.
  test.each([
    ['1.0000004', 1],
    ['1.0000005', 1.000001],
    ['1.00000049', 1],
    ['0.9999995', 1],
    ['.5', 0.5],
    ['5.', 5],
    ['+7', 7],
    ['1e3', 1000],
    ['2.5E-3', 0.0025],
    ['12345678e-2', 123456.78],
    ['0e99', 0],
    ['-0', 0],
    ['-0.0', 0],
    ['007', 7],
    [' 8 ', 8],
    ['"9"', 9],
    ['1700000000.25', 1_700_000_000.25],
  ])('time %s is %d s', (text, seconds) => {
    expect(row(`${text},0,1,1`).submitUs[0]).toBe(Math.round(seconds * 1e6));
  });

  test('a time up to 2^53 - 1 microseconds is exact', () => {
    expect(row('9007199254.740991,0,1,1').submitUs[0]).toBe(9_007_199_254_740_991);
  });

  test.each([
    ['0.0005', 1],
    ['0.0004999', 0],
    ['1.2345', 1235],
    ['1.2344999', 1234],
    ['1e9', 1e12],
    ['4194304.5', 4_194_304_500],
  ])('%s MB is %d milli-MB', (text, milli) => {
    expect(row(`0,0,1,${text}`).shapes[0].memMilli).toBe(milli);
  });

  test.each([
    ['-3,1,1,1', 'submit_s is "-3"; a submit time is a number of seconds, 0 or more.'],
    ['1,-3,1,1', 'duration_s is "-3"; a duration is a number of seconds, 0 or more.'],
    ['1,-0.0000001,1,1', 'duration_s is "-0.0000001"'],
    ['1,,1,1', 'duration_s is empty; a duration'],
    ['1,NaN,1,1', 'duration_s is "NaN"'],
    ['1,Infinity,1,1', 'duration_s is "Infinity"'],
    ['1,0x10,1,1', 'duration_s is "0x10"'],
    ['1,1_000,1,1', 'duration_s is "1_000"'],
    ['1,1 2,1,1', 'duration_s is "1 2"'],
    ['1,1.2.3,1,1', 'duration_s is "1.2.3"'],
    ['1,.,1,1', 'duration_s is "."'],
    ['1,1e,1,1', 'duration_s is "1e"'],
    ['9007199254.740992,0,1,1', 'submit_s is "9007199254.740992"; the most is 9007199254.'],
    ['1e999999999,0,1,1', 'submit_s is "1e999999999"; the most is'],
    ['99999999999999999999,0,1,1', 'submit_s is "99999999999999999999"; the most is'],
    ['9007199254,1,1,1', 'submit_s and duration_s together'],
    ['1,1,1000000000.001,1', 'cpus is "1000000000.001"; the most is 1000000000.'],
    ['1,1,1,-1', 'mem is "-1"; mem is a number of MB, 0 or more.'],
    ['1,1,0,0', 'the task asks for nothing'],
  ])('%s is refused: %s', (fields, message) => {
    expect(faultOf(() => row(fields))).toMatch(
      new RegExp(`^t:2: ${literal(message)}.*\nMend the row, or pass`),
    );
  });

  test.each([
    ['tasks', '0', 'tasks is "0"; tasks is a whole number, 1 or more.'],
    ['tasks', '2.5', 'tasks is "2.5"'],
    ['tasks', '1e3', 'tasks is "1e3"'],
    ['gang', '2', 'gang is "2"; gang is 0 or 1.'],
    ['gang', 'yes', 'gang is "yes"'],
    ['priority', '2147483648', 'priority is "2147483648"; the most is 2147483647.'],
    ['exit', 'SIGKILL', 'exit is "SIGKILL"; an exit status is a whole number.'],
    ['kind', 'daemon', 'kind is "daemon"; a kind is batch or service.'],
    ['constraint', 'rack', 'constraint is "rack"; a constraint is attribute=value'],
    ['constraint', 'rack=r1;', 'constraint is "rack=r1;"'],
  ])('%s %s is refused', (column, text, message) => {
    expect(faultOf(() => row(`0,1,1,1,${text}`, `,${column}`))).toContain(message);
  });
});

describe('rows', () => {
  test('with tasks > 1 are expanded in place and share a job', () => {
    const trace = row('0,1,1,1,2\n0,1,2,1,1\n0,1,1,1,3.0', ',tasks');
    expect([...trace.shape]).toEqual([0, 0, 1, 0, 0, 0]);
    expect([...trace.job]).toEqual([0, 0, 1, 2, 2, 2]);
    expect(trace).toMatchObject({ taskCount: 6, rowCount: 3, jobCount: 3 });
  });

  test('of a gang mark where it starts; a gang of one is none', () => {
    const trace = row('0,1,1,1,2,1\n0,1,1,1,2,1\n0,1,1,1,1,1\n0,1,1,1,2,0', ',tasks,gang');
    const start = TaskFlag.gang | TaskFlag.gangStart;
    expect([...trace.flags]).toEqual([start, TaskFlag.gang, start, TaskFlag.gang, 0, 0, 0]);
  });

  test('of one job name are one job, but not across frameworks', () => {
    const trace = row('0,1,1,1,j,a\n0,1,1,1,k,a\n0,1,1,1,j,b\n0,1,1,1,j,a\n0,1,1,1,,a', ',job,framework');
    expect([...trace.job]).toEqual([0, 1, 2, 0, 3]);
    expect(trace.jobNames).toEqual(['j', 'k', 'j', 'job-3']);
  });

  test('out of order are sorted by submit time, ties in file order, and it is said', () => {
    const trace = row('5,1,1,1\n3,1,1,1\n5,1,1,1\n3,1,1,1\n0,1,1,1');
    expect([...trace.arrivalOrder!]).toEqual([4, 1, 3, 0, 2]);
    expect(trace.submitUs[0]).toBe(5e6);
    expect(trace.notices.join()).toContain('not in order');
    expect(row('3,1,1,1\n3,1,1,1')).not.toHaveProperty('arrivalOrder');
  });

  test('of more than 10 million tasks in all stop the reading, --skip-bad-rows or not', () => {
    const read = () => readCsv(`${header},tasks\n0,1,1,1,9999999\n0,1,1,1,2\n`, { skipBadRows: true });
    expect(faultOf(read)).toMatch(/^t:3: with this row the trace has more than 10,000,000 tasks/);
  });

  test('with another number of columns than the header are bad', () => {
    expect(faultOf(() => row('0,1,1'))).toContain('t:2: the row has 3 columns, the header 4.');
    expect(faultOf(() => row('0'))).toContain('t:2: the row has 1 column, the header 4.');
    expect(faultOf(() => row('0,1,1,1,,"x\ny"\n'))).toContain('t:2: the row has 6 columns, the header 4.');
  });

  test('that are bad are counted by reason with skipBadRows, and leave no name behind', () => {
    const columns = ',framework,role,job,kind';
    const text = `${header}${columns}\n0,x,1,1,f1,r1,j1,batch\n0,1,1,1,f2,r2,j2,batch\n0,1,1,1,f3,r3,j3,cron\n0,y,1,1\n0\n`;
    const trace = readCsv(text, { skipBadRows: true });
    expect(trace.dropped).toEqual({ 'bad duration_s': 2, 'bad kind': 1, 'wrong number of columns': 1 });
    expect(trace).toMatchObject({ rowCount: 1, frameworks: ['f2'], roles: ['r2'], jobNames: ['j2'] });
  });
});

describe('text', () => {
  test('may be quoted, with commas, quotes and line ends inside; lines are still counted right', () => {
    const trace = row('0,1,1,1,"a ""b"", c"\n0,1,1,1,"x\ny\r\nz"\n0,1,1,1, p q ', ',framework');
    expect(trace.frameworks).toEqual(['a "b", c', 'x\ny\r\nz', 'p q']);
    const text = `${header},framework\n0,1,1,1,"x\ny\n\nz"\n0,1,1,-1,q\n`;
    expect(faultOf(() => readCsv(text))).toContain('t:6: mem is "-1"');
  });

  test('is the same name quoted or not, and keeps Unicode', () => {
    const trace = row('0,1,1,1,"añb"\n0,1,1,1,añb\n0,1,1,1,日本 🎉', ',framework');
    expect(trace.frameworks).toEqual(['añb', '日本 🎉']);
    expect([...trace.framework]).toEqual([0, 0, 1]);
  });

  test('after a closing quote, or a quote that is never closed, is a bad row', () => {
    expect(faultOf(() => row('0,1,1,1,"a"b', ',framework'))).toContain(
      't:2: there is text after a closing quote',
    );
    expect(faultOf(() => row('0,1,1,1,"a\n0,1,1,1,b', ',framework'))).toContain(
      't:2: a quoted field is not closed',
    );
    const open = `${header},framework\n0,1,1,1,"${'a'.repeat(2 ** 21)}`;
    expect(faultOf(() => readCsv(open, { skipBadRows: true }, 2 ** 16))).toContain(
      't:2: the row is longer than 1 MiB',
    );
  });

  test('that is not UTF-8 is a bad row', () => {
    const bytes = Buffer.from(`${header},framework\n0,1,1,1,J\xfcrgen\n`, 'latin1');
    expect(faultOf(() => readCsv(bytes))).toContain(
      't:2: framework is not UTF-8 text; save the file as UTF-8.',
    );
  });

  test('a message shows control characters escaped and long text cut', () => {
    const message = faultOf(() => row(`0,"\u001b[31m\n${'x'.repeat(1000)}",1,1`));
    expect(message).toContain('"\\u001b[31m\\nxxx');
    expect(message.length).toBeLessThan(300);
  });
});

describe('the file', () => {
  const rows = '0,1,1,1\n2,1,1,1';
  test.each([
    ['without a line end at the end', `${header}\n${rows}`],
    ['with CRLF', `${header}\r\n${rows.replaceAll('\n', '\r\n')}\r\n`],
    ['with a byte order mark', `\uFEFF${header}\n${rows}\n`],
    ['with empty lines', `\n${header}\n\n${rows}\n\r\n\n`],
    ['with comments before the header', `# a\n#b, "c\n${header}\n${rows}\n`],
    ['with blanks and quotes in the header', `submit_s, "duration_s" ,cpus , mem\n${rows}\n`],
  ])('is read %s', (_, text) => {
    expect([...readCsv(text).submitUs]).toEqual([0, 2e6]);
  });

  test('names its cluster in comments, one shape a line', () => {
    const text = `# cluster: 100*cpus:24;mem:73728\n#cluster:2*cpus:1;mem:1  \n# other\n${header}\n${rows}\n`;
    expect(readCsv(text).clusterHint).toBe('100*cpus:24;mem:73728\n2*cpus:1;mem:1');
    expect(readCsv(`${header}\n${rows}\n`)).not.toHaveProperty('clusterHint');
  });

  test('that starts after one day is said to, and --rebase counts from its first submit (C-1)', () => {
    const late = `${header}\n200000,1,1,1\n100000,1,1,1\n`;
    const asWritten = readCsv(late);
    expect([...asWritten.submitUs]).toEqual([2e11, 1e11]);
    expect(asWritten.notices.join()).toContain('--rebase');
    const rebased = readCsv(late, { rebase: true });
    expect([...rebased.submitUs]).toEqual([1e11, 0]);
    expect(rebased).toMatchObject({ originUs: 0, shiftUs: 1e11 });
    expect(rebased.notices.join()).not.toContain('--rebase');
    expect(readCsv(`${header}\n86400,1,1,1\n`).notices).toEqual([]);
  });

  test('is compressed in time by --scale-load', () => {
    const text = `${header}\n10,7,1,1\n13,7,1,1\n`;
    expect([...readCsv(text, { scaleLoad: 2 }).submitUs]).toEqual([5e6, 6.5e6]);
    expect([...readCsv(text, { scaleLoad: 3, rebase: true }).submitUs]).toEqual([0, 1e6]);
    expect(readCsv(text, { scaleLoad: 2 }).durationUs[0]).toBe(7e6);
    expect(faultOf(() => readCsv(text, { scaleLoad: 1e-9 }))).toContain('--scale-load');
  });
});

describe('--tenant', () => {
  const text = `${header},framework,role,job,user\n0,1,1,1,f,r,j,u\n`;
  test.each([
    [undefined, 'f'],
    ['framework', 'f'],
    ['role', 'r'],
    ['job', 'j'],
    ['user', 'u'],
    ['none', 'default'],
  ])('%s makes %s the framework', (tenant, framework) => {
    const trace = readCsv(text, { tenant });
    expect(taskOf(trace, 0)).toMatchObject({ framework, role: 'r', job: 'j' });
    expect(trace.frameworks).toEqual([framework]);
  });

  test('names a column of the file that holds a name', () => {
    expect(faultOf(() => readCsv(text, { tenant: 'usr' }))).toContain('names no column; there are submit_s,');
    expect(faultOf(() => readCsv(text, { tenant: 'cpus' }))).toContain('take framework, role, job, user.');
  });
});

describe('--split-cpus (A-8)', () => {
  test('makes floor(p / K) tasks of K cpus and one of the rest, a gang, the memory in proportion', () => {
    const trace = readCsv(`${header}\n0,1,10,100\n0,1,4,8\n`, { splitCpus: 4 });
    const tasks = Array.from({ length: 4 }, (_, task) => taskOf(trace, task));
    expect(tasks.map(({ cpus, mem }) => [cpus, mem])).toEqual([
      [4, 40],
      [4, 40],
      [2, 20],
      [4, 8],
    ]);
    const start = TaskFlag.gang | TaskFlag.gangStart;
    expect([...trace.flags]).toEqual([start, TaskFlag.gang, TaskFlag.gang, 0]);
    expect([...trace.job]).toEqual([0, 0, 0, 1]);
    expect(trace).toMatchObject({ rowCount: 2, taskCount: 4 });
  });

  test('makes a gang of each task of a row, or one of all if the row is a gang', () => {
    const read = (gang: number) =>
      readCsv(`${header},tasks,gang\n0,1,4,4,2,${gang}\n`, { splitCpus: 2 }).flags;
    const [start, next] = [TaskFlag.gang | TaskFlag.gangStart, TaskFlag.gang];
    expect([...read(0)]).toEqual([start, next, start, next]);
    expect([...read(1)]).toEqual([start, next, next, next]);
  });
});

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
