import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sim, temporaryFile } from './fake-terminal.js';

const docs = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

const resources = ['cpus', 'mem', 'disk', 'gpus'];

/** Every key of the document, but for names of resources. */
function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)]);
}

it('docs/metrics.md names every key of --json', async () => {
  const trace = temporaryFile(
    'submit_s,duration_s,cpus,mem,role,framework,kind\n0,1,1,1,a,f,batch\n0,1,9,1,b,g,batch\n0,0,1,1,b,g,service\n',
  );
  const { out } = await sim(['run', trace, '--agents', 'cpus:4;mem:4096', '--json', '--quiet']);
  const keys = [...new Set(keysOf(JSON.parse(out)))].filter((key) => !resources.includes(key));
  const undocumented = keys.filter((key) => !new RegExp(`\\b${key}\\b`).test(docs));
  expect(undocumented).toEqual([]);
});
