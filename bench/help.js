/** What each benchmark is and takes: for `--help`, and to refuse what it does not take. */

const pairs = (count) => ['--pairs N', `pairs of runs [${count}]`];
const tasks = (count) => ['--tasks N', `tasks of the trace [${count}]`];
const size = [
  tasks('1000000'),
  ['--frameworks N', 'frameworks of the trace [1000]'],
  ['--agents N', 'agents [10000]'],
];

const REFERENCE =
  'replay, coarse and growth need the reference program: g++, and its source in ../shared/bench/limit.';

/** By name: what it measures, the words and the options that it takes. */
const takes = {
  replay: {
    about: 'CPU time over that of the reference program; fails where the decisions differ',
    options: [pairs(5), ...size, ['--seed N', 'of the generated trace [1]']],
  },
  coarse: {
    about: 'CPU time per coarse offer',
    options: [
      ['--runs N', 'runs [1]'],
      ['--until TIME', 'of the trace; end: all of it, and what such offers cost in waiting [45s]'],
      ...size,
    ],
  },
  growth: {
    about: 'cost per task as tasks, agents and frameworks grow',
    options: [pairs(3), ['--tasks N', 'tasks where agents and frameworks grow [300000]']],
  },
  read: { about: 'rows per second of native CSV, plain and packed, and the peak of memory', options: [] },
  allocator: {
    about: 'CPU ms of one cycle of the allocator alone, median and fastest, beside the reference program',
    words: ['CASE…', "of Mesos's own benchmarks, such as DeclineOffers; a wrong name lists them [all]"],
    options: [['--json', 'the rows as data']],
  },
  realnet: {
    about: 'a real master, by its CPU time',
    words: [
      'PART…',
      'tasks, calls and fan-out a second; state: how long /state holds its loop [all]',
      ['tasks', 'calls', 'fan-out', 'state'],
    ],
    options: [
      ['--tasks N', 'tasks to run [1000]'],
      ['--calls N', 'calls to make [100000]'],
    ],
  },
};

export const names = Object.keys(takes);

/** @param {string} [name] of one benchmark; absent: of all */
export function helpText(name) {
  const sections = (name === undefined ? names : [name]).flatMap((each) => {
    const { about, words, options } = takes[each];
    const rows = [...(words === undefined ? [] : [words]), ...options];
    return [line(each, about, 11), ...rows.map(([what, why]) => `  ${line(what, why, 16)}`)];
  });
  return [
    `usage  npm run -s build && npm run -s bench -- ${name ?? 'NAME'} [options]`,
    ...sections,
    ...(name === undefined ? [REFERENCE] : []),
    '',
  ].join('\n');
}

/**
 * @param {string} name of a benchmark
 * @param {readonly string[]} args behind it
 * @returns {string | undefined} why it does not take them
 */
export function problemWith(name, args) {
  const { words, options } = takes[name];
  const known = new Map(options.map(([what]) => what.split(' ')).map(([flag, value]) => [flag, value]));
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (known.get(arg) !== undefined) i++;
    else if (arg.startsWith('-') ? !known.has(arg) : !isWord(words, arg)) {
      return `${name} takes no ${arg}; bench -- ${name} --help says what it takes`;
    }
  }
  return undefined;
}

/** Cases are for the benchmark itself to know. */
function isWord(words, arg) {
  return words !== undefined && (words[2]?.includes(arg) ?? true);
}

function line(what, why, width) {
  return `${what.padEnd(width)}${why}`;
}
