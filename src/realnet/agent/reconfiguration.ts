import { formatAttributes } from '../../cluster/attributes.js';
import { resourcesFromJson } from '../../cluster/resources/json.js';
import { formatResources } from '../../cluster/resources/text.js';
import type { AgentDescription } from '../wire/agent-protocol.js';

/**
 * What becomes of an agent that describes itself otherwise than before: `equal` does not let it start, `new` kills what it left
 * running and makes it another agent.
 */
export const RECONFIGURATION_POLICIES = ['equal', 'new'] as const;
export type ReconfigurationPolicy = (typeof RECONFIGURATION_POLICIES)[number];

/** An agent that cannot be what the one before it in the same folder was. */
export class ReconfigurationError extends Error {
  override readonly name = 'ReconfigurationError';

  /** @param id of the agent before @param changes at least one of {@link changesOf} */
  constructor(id: string, changes: readonly Change[]) {
    const told = changes.map(({ what, before, now }) => `${what} "${before}", now "${now}"`).join('; ');
    super(
      `this folder is that of agent ${id}, which has other settings: ${told}.\n` +
        'Start it as before and it goes on; --reconfiguration-policy new kills what it runs, for another agent.',
    );
  }
}

export interface Change {
  /** As the option is called. */
  readonly what: string;
  readonly before: string;
  readonly now: string;
}

/** In what an agent differs from the one before. @param hasPort the port is not just any */
export function changesOf(before: AgentDescription, now: AgentDescription, hasPort: boolean): Change[] {
  const texts: readonly (readonly [what: string, text: (of: AgentDescription) => string])[] = [
    ['hostname', ({ hostname }) => hostname],
    ['ip', ({ ip }) => ip],
    ['port', ({ port }) => (hasPort ? String(port) : '')],
    ['resources', ({ resources }) => formatResources(resourcesFromJson(resources).resources)],
    ['attributes', ({ attributes }) => formatAttributes(attributes)],
    ['domain', ({ domain }) => (domain === undefined ? 'none' : `${domain.region}/${domain.zone}`)],
  ];
  return texts
    .map(([what, text]) => ({ what, before: text(before), now: text(now) }))
    .filter((change) => change.before !== change.now);
}
