import { AttributeTextError, parseAttributes } from '../../cluster/attributes.js';
import type { Attribute } from '../../cluster/protocol.js';
import type { Resources } from '../../cluster/resources/resources.js';
import { parseDistinctResources, parseResources, ResourceTextError } from '../../cluster/resources/text.js';
import { ClusterFileError } from './cluster.js';

/** A text, or an object by name whose values are numbers or the text of ranges and sets. */
export function resourcesOf(given: string | Readonly<Record<string, string | number>>): Resources {
  if (typeof given === 'string') return parseDistinctResources(given);
  return parseResources(
    Object.entries(given)
      .map(([name, value]) => `${name}:${decimal(value)}`)
      .join(';'),
  );
}

export function attributesOf(given: string | Readonly<Record<string, string | number>>): Attribute[] {
  if (typeof given === 'string') return parseAttributes(given);
  return parseAttributes(
    Object.entries(given)
      .map(([name, value]) => `${name}:${decimal(value)}`)
      .join(';'),
  );
}

/** A number as plain decimal text: JSON may write 1e5. */
function decimal(value: string | number): string {
  return typeof value === 'string' ? value : value.toFixed(4).replace(/\.?0+$/, '');
}

/** What a reader of text objects to, with the key in front. */
export function asFile<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ResourceTextError || error instanceof AttributeTextError) {
      throw new ClusterFileError(`${where}: ${error.message}.`);
    }
    throw error;
  }
}
