import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { generate, writeTraceCsv, type GenerateOptions } from '../workloads/generators/index.js';
import { openReader, readTrace } from '../workloads/read-trace.js';
import type { Trace } from '../workloads/trace.js';

/** Name of a trace that comes with Agora. */
export type BundledTrace = 'paypal-ci' | 'ebay-ci';

export async function bundledTrace(name: BundledTrace): Promise<Trace> {
  return await readTrace(fileURLToPath(new URL(`../../traces/${name}.csv`, import.meta.url)));
}

/** A generated trace, as if it had been written to a file and read from there. */
export async function drawTrace(generator: string, options: GenerateOptions): Promise<Trace> {
  return await readGenerated(generate(generator, options));
}

/** The machines of a company before there was a shared cluster: one for each team. */
export interface Machines {
  /** Of one machine. */
  readonly cpus: number;
  /** MB */
  readonly mem: number;
  /** Builds that a machine runs at once; each has an equal part of it. */
  readonly executors: number;
}

/**
 * The builds of a generated trace for {@link Machines}: a build takes an executor, whatever its size, and executors are always
 * up. The masters are left out, since they are no tasks of anybody: they live on the machines.
 *
 * @param teams how many there are; those that build nothing are named too, so that they own a machine
 */
export async function drawForMachines(
  generator: string,
  options: GenerateOptions,
  { cpus, mem, executors }: Machines,
  teams: number,
): Promise<Trace> {
  const generated = generate(generator, options);
  const builds = function* () {
    for (const row of generated.rows) {
      if (row.kind === 'batch') yield { ...row, cpus: cpus / executors, mem: mem / executors };
    }
  };
  const trace = await readGenerated({ ...generated, rows: { [Symbol.iterator]: builds } });
  const idle = Array.from({ length: teams - trace.frameworks.length }, (_, i) => `no builds ${i + 1}`);
  return { ...trace, frameworkModel: { type: 'batch' }, frameworks: [...trace.frameworks, ...idle] };
}

async function readGenerated(generated: ReturnType<typeof generate>): Promise<Trace> {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(chunk);
      done();
    },
  });
  await writeTraceCsv(generated, stream);
  const bytes = Buffer.concat(chunks);
  const reader = openReader(generated.generator, {}, bytes, true);
  reader.push(bytes);
  return reader.finish();
}
