import { DenseTable } from '../dense-table.js';
import type { Digest } from '../digest.js';
import type { FrameworkId, Micros, RoleId } from '../ids.js';
import type { FrameworkInfo } from '../protocol.js';

/** A framework as the master knows it. */
export class MasterFramework {
  readonly id: FrameworkId;
  info: FrameworkInfo;
  roles: ReadonlySet<RoleId>;
  partitionAware: boolean;
  /** Its scheduler is there: it gets offers and its calls count. */
  connected = true;
  /** Torn down, or away for too long: its id is refused from now on. */
  removed = false;
  /** Since when it is not connected. */
  disconnectedUs: Micros = 0;

  constructor(id: FrameworkId, info: FrameworkInfo) {
    this.id = id;
    this.info = info;
    this.roles = new Set(info.roles);
    this.partitionAware = info.capabilities.includes('PARTITION_AWARE');
  }

  update(info: FrameworkInfo): void {
    this.info = info;
    this.roles = new Set(info.roles);
    this.partitionAware = info.capabilities.includes('PARTITION_AWARE');
  }
}

/** Frameworks that have subscribed, by id. Removed ones stay, so that they are told so. */
export class FrameworkTable extends DenseTable<MasterFramework> {
  /** The framework when its calls count. */
  connected(id: FrameworkId): MasterFramework | undefined {
    const framework = this.get(id);
    return framework?.connected === true ? framework : undefined;
  }

  /** True when a framework that is not removed has the role. */
  hasRole(role: RoleId): boolean {
    for (const framework of this) if (!framework.removed && framework.roles.has(role)) return true;
    return false;
  }

  mixInto(digest: Digest): void {
    digest.word(this.length);
    for (const framework of this) {
      digest.word(framework.id);
      digest.word((framework.connected ? 1 : 0) + (framework.removed ? 2 : 0));
      digest.double(framework.disconnectedUs);
      digest.text(framework.info.id);
      for (const role of framework.roles) digest.word(role);
    }
  }
}
