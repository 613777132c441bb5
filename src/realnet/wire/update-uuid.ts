import { hash } from 'node:crypto';

/**
 * The uuid of a status update: 16 bytes, of which the last four are the update's number. The first twelve are made from the
 * task it belongs to, so that a uuid is its own table.
 */
export function updateUuid(owner: UpdateOwner, number: number): string {
  const bytes = ownerBytes(owner);
  bytes.writeUInt32BE(number, 12);
  return bytes.toString('base64');
}

/** @param uuid bytes in base64 */
export function isUuid(uuid: string): boolean {
  return Buffer.from(uuid, 'base64').length === 16;
}

export interface UpdateOwner {
  readonly agent: string;
  readonly framework: string;
  readonly task: string;
}

/**
 * The number of the update that a uuid names; 0, which no update has, for the uuid of something else.
 *
 * @returns undefined when it is no uuid of 16 bytes
 */
export function updateNumber(owner: UpdateOwner, uuid: string): number | undefined {
  const bytes = Buffer.from(uuid, 'base64');
  if (bytes.length !== 16) return undefined;
  return ownerBytes(owner).compare(bytes, 0, 12, 0, 12) === 0 ? bytes.readUInt32BE(12) : 0;
}

function ownerBytes({ agent, framework, task }: UpdateOwner): Buffer {
  return hash('sha1', `${agent}\n${framework}\n${task}`, 'buffer').subarray(0, 16);
}
