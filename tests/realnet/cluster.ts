import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createAllocator } from '../../src/allocators/registry.js';
import { resourcesToJson } from '../../src/cluster/resources/json.js';
import { parseResources } from '../../src/cluster/resources/text.js';
import { startLocal, type LocalCluster, type LocalSettings } from '../../src/realnet/local.js';
import type { Log } from '../../src/realnet/log.js';
import { PLAIN_ALLOCATION } from '../../src/realnet/master/start-master.js';

export const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (fields, message) => {
    throw new Error(message, { cause: fields });
  },
};

/** A folder that lives as long as the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'agora-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A cluster on an ephemeral port of this machine that lives as long as the test. It allocates every 20 ms. */
export async function localCluster(more: Partial<LocalSettings> = {}): Promise<LocalCluster> {
  const cluster = await startLocal({
    agents: 1,
    resources: resourcesToJson(parseResources('cpus:4;mem:4096;ports:[31000-32000]'), { legacy: false }),
    workDir: temporaryFolder(),
    ip: '127.0.0.1',
    hostname: 'localhost',
    port: 0,
    allocator: (options) => createAllocator('drf', options),
    allocation: { ...PLAIN_ALLOCATION, agentOrder: 'first-fit', intervalUs: 20_000 },
    seed: '1',
    log: silent,
    ...more,
  });
  onTestFinished(() => cluster.stop());
  return cluster;
}
