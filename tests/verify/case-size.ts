export interface Size {
  readonly agents: number;
  readonly roles: number;
  readonly steps: number;
}

/** How much a reader has to look at. */
export function sizeOf(testCase: unknown): Size {
  const { history, users, agents } = testCase as {
    history?: { steps: readonly Record<string, unknown>[] };
    users?: readonly unknown[];
    agents?: readonly unknown[];
  };
  if (history === undefined) return { agents: agents?.length ?? 0, roles: users?.length ?? 0, steps: 0 };
  const { steps } = history;
  const roles = steps.flatMap(({ do: verb, roles: some, role }) =>
    verb === 'addFramework' ? (some as string[]) : role === undefined ? [] : [role],
  );
  return {
    agents: new Set(steps.filter((step) => step.do === 'addAgent').map(({ agent }) => agent)).size,
    roles: new Set(roles).size,
    steps: steps.length,
  };
}
