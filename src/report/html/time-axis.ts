interface Unit {
  readonly name: string;
  readonly us: number;
  /** Distances of ticks, in this unit. */
  readonly steps: readonly number[];
}

const units: readonly Unit[] = [
  { name: 'microseconds', us: 1, steps: decimals(3) },
  { name: 'milliseconds', us: 1e3, steps: decimals(3) },
  { name: 'seconds', us: 1e6, steps: [1, 2, 5, 10, 15, 30, 60, 120] },
  { name: 'minutes', us: 60e6, steps: [1, 2, 5, 10, 15, 30, 60, 120] },
  { name: 'hours', us: 3600e6, steps: [1, 2, 3, 6, 12, 24, 48] },
  { name: 'days', us: 86400e6, steps: [1, 2, 5, 7, 14, ...decimals(7).slice(4)] },
];

/** The axis of a plot over simulated time, in the unit that suits the length of the run. */
export interface TimeAxis {
  readonly label: string;
  /** Microseconds per unit. */
  readonly us: number;
  readonly domain: [number, number];
  readonly ticks: (most: number) => number[];
}

export function timeAxis(startUs: number, endUs: number): TimeAxis {
  const span = Math.max(1, endUs - startUs);
  // At least four units long, so that whole ticks are enough.
  const unit = units.findLast(({ us }) => span >= 4 * us) ?? units[0];
  const domain: [number, number] = [startUs / unit.us, (startUs + span) / unit.us];
  return {
    label: `simulated time, ${unit.name} →`,
    us: unit.us,
    domain,
    ticks: (most) => {
      const step = unit.steps.find((candidate) => span / unit.us / candidate <= most) ?? unit.steps.at(-1)!;
      const first = Math.ceil(domain[0] / step);
      const count = Math.floor(domain[1] / step) - first + 1;
      return Array.from({ length: count }, (_, i) => (first + i) * step);
    },
  };
}

/** 1, 2, 5, 10, … for so many powers of ten. */
function decimals(powers: number): number[] {
  return Array.from({ length: powers }, (_, power) => [1, 2, 5].map((factor) => factor * 10 ** power)).flat();
}
