import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('../', import.meta.url));
const cacheFolder = join(root, 'node_modules/.cache/agora-bench');
const rows = 1_000_000;

/** Columns beside the four that are required, and their cells by row. */
const shapes = {
  plain: { columns: 'framework', cells: (i) => `f${i % 100}` },
  named: {
    columns: 'job,framework,role,exit',
    cells: (i) =>
      `b${i},jenkins-${1000 + ((i * 7919) % 2500)},builds-${['java', 'node', 'cpp'][i % 3]},${i % 5 === 0 ? 1 : 0}`,
  },
};

/** Reads a file several times in one process, which is what it takes to be warm; reports each. */
const reader = `
  import { readTrace } from '${new URL('../dist/workloads/read-trace.js', import.meta.url).href}';
  const times = [];
  for (let i = 0; i < 3; i++) {
    const before = process.cpuUsage();
    await readTrace(process.argv[1]);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1e6);
    if (i === 0) times.peak = process.resourceUsage().maxRSS / 1024;
  }
  console.log(JSON.stringify({ first: times[0], best: Math.min(...times), peak: times.peak }));
`;

/**
 * Rows per second of CPU time from native CSV of a million rows, plain and packed, and the peak of memory of the first
 * reading of a process.
 */
export function read() {
  for (const name of Object.keys(shapes)) {
    for (const path of traceFiles(name)) {
      const out = execFileSync(process.execPath, ['--input-type=module', '-e', reader, path], {
        encoding: 'utf8',
      });
      /** @type {{ first: number, best: number, peak: number }} */
      const { first, best, peak } = JSON.parse(out);
      const rate = (seconds) => (rows / seconds / 1e6).toFixed(2);
      console.log(
        `${name.padEnd(6)} ${path.endsWith('.gz') ? '.csv.gz' : '.csv   '}  ` +
          `${rate(first)} M rows/s in a fresh process, ${rate(best)} at best of 3; peak ${peak.toFixed(0)} MB`,
      );
    }
  }
}

/** A trace of a million tasks, plain and packed, made once. @param {string} name @returns {string[]} */
function traceFiles(name) {
  const plain = join(cacheFolder, `read-${name}.csv`);
  const paths = [plain, `${plain}.gz`];
  if (paths.every((path) => existsSync(path))) return paths;
  mkdirSync(cacheFolder, { recursive: true });
  const { columns, cells } = shapes[name];
  const lines = [`submit_s,duration_s,cpus,mem,${columns}`];
  for (let i = 0; i < rows; i++) {
    const duration = ((i * 7907) % 600_000) / 1000;
    lines.push(
      `${(i * 0.05).toFixed(3)},${duration},${[0.5, 1, 2, 4][i % 4]},${[768, 1408, 4506][i % 3]},${cells(i)}`,
    );
  }
  const text = `${lines.join('\n')}\n`;
  writeFileSync(plain, text);
  writeFileSync(`${plain}.gz`, gzipSync(text));
  return paths;
}
