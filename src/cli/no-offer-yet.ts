type Amounts = Readonly<Record<string, number | string | undefined>>;

/** What `/slaves` says of an agent, as far as it matters here. */
export interface AgentRoom {
  readonly resources: Amounts;
  readonly used_resources: Amounts;
  readonly offered_resources: Amounts;
  readonly active: boolean;
}

/**
 * Why no agent has room for one task, in words; undefined: it is not for want of room.
 *
 * @param needs milli-units of scalar resources, none of them 0
 */
export function roomProblem(
  agents: readonly AgentRoom[],
  needs: ReadonlyMap<string, number>,
): string | undefined {
  const active = agents.filter((agent) => agent.active);
  if (active.length === 0) return agents.length === 0 ? 'the cluster has no agents' : 'no agent is active';
  const most = (name: string): number => Math.max(...active.map(({ resources }) => milli(resources, name)));
  const short = [...needs].filter(([name, amount]) => most(name) < amount).map(([name]) => name);
  if (short.length > 0) {
    const has = short.map((name) => `${name} ${most(name) / 1000}`).join(' and ');
    return short.length === 1 ? `the largest agent has ${has}` : `no agent has more than ${has}`;
  }
  const fits = (agent: AgentRoom, ...taken: readonly Amounts[]): boolean =>
    [...needs].every(([name, amount]) => {
      const gone = taken.reduce((sum, amounts) => sum + milli(amounts, name), 0);
      return milli(agent.resources, name) - gone >= amount;
    });
  if (!active.some((agent) => fits(agent))) return 'no agent has all of it at once';
  if (!active.some((agent) => fits(agent, agent.used_resources))) return 'other tasks use what could hold it';
  if (!active.some((agent) => fits(agent, agent.used_resources, agent.offered_resources)))
    return 'what could hold it is offered to others';
  return undefined;
}

function milli(amounts: Amounts, name: string): number {
  return Math.round(Number(amounts[name] ?? 0) * 1000);
}
