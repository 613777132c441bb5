import { parseAttributes } from '../cluster/attributes.js';
import type { Attribute } from '../cluster/protocol.js';
import { splitItems } from '../cluster/resources/text-item.js';

/** The first format: free text. Every value is a text, and a name may stand alone. */
export function freeAttributes(text: string): Attribute[] {
  return splitItems(text).map(freeAttribute);
}

/**
 * The second format: as `--attributes` of an agent, so numbers are scalars and brackets ranges. A name may still
 * stand alone.
 *
 * @throws AttributeTextError
 */
export function typedAttributes(text: string): Attribute[] {
  return splitItems(text).flatMap((item) =>
    /:\s*\S/.test(item) ? parseAttributes(item) : [freeAttribute(item)],
  );
}

function freeAttribute(item: string): Attribute {
  const colon = item.indexOf(':');
  const end = colon < 0 ? item.length : colon;
  return { name: item.slice(0, end).trim(), type: 'TEXT', text: item.slice(end + 1).trim() };
}
