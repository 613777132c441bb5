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
  /** Its scheduler is there: it gets offers and its calls count. Changed by {@link FrameworkTable.connect} alone. */
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
  /** 1: connected. Every message asks, and a column stays in the cache. */
  #connected = new Uint8Array(64);

  /** The framework when its calls count. */
  connected(id: FrameworkId): MasterFramework | undefined {
    return this.isConnected(id) ? this.get(id) : undefined;
  }

  isConnected(id: FrameworkId): boolean {
    return this.#connected[id] === 1;
  }

  override put(id: FrameworkId, framework: MasterFramework): void {
    super.put(id, framework);
    this.connect(framework, framework.connected);
  }

  /** Notes that the scheduler of a framework of the table came or went. */
  connect(framework: MasterFramework, connected: boolean): void {
    framework.connected = connected;
    const { id } = framework;
    if (id >= this.#connected.length) {
      const longer = new Uint8Array(2 * id + 2);
      longer.set(this.#connected);
      this.#connected = longer;
    }
    this.#connected[id] = connected ? 1 : 0;
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
