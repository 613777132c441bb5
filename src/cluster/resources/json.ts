import { WILDCARD_ROLE } from '../roles.js';
import { JsonMessage, messagesOf, refuse } from './json-fields.js';
import { readResource } from './json-reader.js';
import { compareKinds, compareNames } from './kind-text.js';
import { kindOf, type DiskSource, type Kind, type Label, type Reservation, type ValueType } from './kinds.js';
import { ResourceBag, type Resources } from './resources.js';
import { doubleOf, milliOf } from './scalars.js';
import { countableProblem, nameProblem, scalarProblem } from './validate.js';
import { pairsOf, type Value } from './values.js';

export { ResourceJsonError } from './json-fields.js';

interface LabelsJson {
  labels: { key: string; value?: string }[];
}

/** A reservation in the v1 API. `type` and `role` are absent in the legacy format. */
export interface ReservationJson {
  type?: 'STATIC' | 'DYNAMIC';
  role?: string;
  principal?: string;
  labels?: LabelsJson;
}

/** A resource in the v1 API. */
export interface ResourceJson {
  name: string;
  type: ValueType;
  scalar?: { value: number };
  ranges?: { range: { begin: number; end: number }[] };
  set?: { item: string[] };
  /** Legacy format. */
  role?: string;
  /** Legacy format. */
  reservation?: ReservationJson;
  reservations?: ReservationJson[];
  disk?: {
    persistence?: { id: string; principal?: string };
    volume?: { container_path: string; mode: 'RW' };
    source?: {
      type: DiskSource['type'];
      mount?: { root: string };
      path?: { root: string };
      id?: string;
      profile?: string;
      vendor?: string;
      metadata?: LabelsJson;
    };
  };
  provider_id?: { value: string };
  revocable?: Record<string, never>;
  shared?: Record<string, never>;
  allocation_info?: { role: string };
}

export interface WriteOptions {
  /**
   * `role` and `reservation` in place of `reservations`, for a framework without RESERVATION_REFINEMENT
   * (R-1.12).
   */
  readonly legacy: boolean;
  /** `role` and `reservation` beside `reservations`, where one can be said by both. */
  readonly alsoLegacy?: boolean;
  /** Role of each entry's `allocation_info`; absent: none is written. */
  readonly allocationRole?: string;
}

/** What is shown of an agent's resources: tools of either time find what they look for, and either is taken back. */
export const FOR_OPERATORS: WriteOptions = { legacy: false, alsoLegacy: true };

/** Resources and the distinct roles that their `allocation_info` names: usually one or none. */
export interface AllocatedResources {
  readonly resources: Resources;
  readonly allocationRoles: readonly string[];
}

/**
 * Reads v1 JSON: a list of resources, or one for a list of one, in the legacy or the present format of
 * reservations. Doubles are rounded half away from zero; an exact zero vanishes. A shared
 * volume or a mounted disk given twice is two.
 *
 * @param path where the value stands, for messages
 * @throws ResourceJsonError
 */
export function resourcesFromJson(value: unknown, path = 'resources'): AllocatedResources {
  const bag = new ResourceBag();
  const allocationRoles = new Set<string>();
  for (const message of messagesOf(value, path)) {
    readResource(message, bag);
    const allocation = message.message('allocation_info')?.text('role');
    if (allocation !== undefined) allocationRoles.add(allocation);
  }
  const resources = bag.toResources();
  const problem = countableProblem(resources);
  if (problem !== undefined) refuse(path, problem);
  return { resources, allocationRoles: [...allocationRoles] };
}

/**
 * Writes v1 JSON, in the order of the text form. A shared volume or mounted disk that is there n times is n
 * entries.
 *
 * @throws RangeError when `legacy` and a resource has more than one reservation: strip those first
 */
export function resourcesToJson(resources: Resources, options: WriteOptions): ResourceJson[] {
  const positions = [...resources.kinds.keys()];
  positions.sort((a, b) => compareKinds(kindOf(resources.kinds[a]), kindOf(resources.kinds[b])));
  return positions.flatMap((i) => {
    const kind = kindOf(resources.kinds[i]);
    const milli = kind.unitMilli === 0 ? resources.amounts[i] : kind.unitMilli;
    const entry = writeResource(kind, milli, resources.values?.[i], options);
    return new Array<ResourceJson>(Math.round(resources.amounts[i] / milli)).fill(entry);
  });
}

function writeResource(
  kind: Kind,
  milli: number,
  value: Value | undefined,
  options: WriteOptions,
): ResourceJson {
  const disk = writeDisk(kind);
  return {
    name: kind.name,
    type: kind.type,
    ...(value === undefined ? { scalar: { value: doubleOf(milli) } } : writeValue(value)),
    ...writeReservations(kind, options),
    ...(disk && { disk }),
    ...(kind.revocable && { revocable: {} }),
    ...(kind.shared && { shared: {} }),
    ...(kind.providerId !== undefined && { provider_id: { value: kind.providerId } }),
    ...(options.allocationRole !== undefined && { allocation_info: { role: options.allocationRole } }),
  };
}

function writeValue(value: Value): Pick<ResourceJson, 'ranges' | 'set'> {
  if (value.type === 'SET') return { set: { item: [...value.items] } };
  return { ranges: { range: pairsOf(value).map(([begin, end]) => ({ begin, end })) } };
}

function writeReservations(
  { reservations: stack }: Kind,
  { legacy, alsoLegacy = false }: WriteOptions,
): Partial<ResourceJson> {
  if (legacy) return writeLegacy(stack);
  const reservations = stack.map((entry) => ({ type: entry.type, role: entry.role, ...writeOrigin(entry) }));
  return {
    ...(alsoLegacy && stack.length < 2 && writeLegacy(stack)),
    ...(reservations.length > 0 && { reservations }),
  };
}

function writeLegacy(stack: readonly Reservation[]): Partial<ResourceJson> {
  if (stack.length > 1) throw new RangeError('the legacy format has no refined reservations');
  if (stack.length === 0) return { role: WILDCARD_ROLE };
  return { role: stack[0].role, ...(stack[0].type === 'DYNAMIC' && { reservation: writeOrigin(stack[0]) }) };
}

function writeOrigin({ principal, labels }: Reservation): ReservationJson {
  return {
    ...(principal !== undefined && { principal }),
    ...(labels && { labels: writeLabels(labels) }),
  };
}

function writeLabels(labels: readonly Label[]): LabelsJson {
  return { labels: labels.map((label) => ({ ...label })) };
}

function writeDisk(kind: Kind): ResourceJson['disk'] {
  const { volume: id, containerPath, volumePrincipal: principal, source } = kind;
  if (id === undefined && source === undefined) return undefined;
  return {
    ...(id !== undefined && { persistence: { id, ...(principal !== undefined && { principal }) } }),
    ...(containerPath !== undefined && { volume: { container_path: containerPath, mode: 'RW' } }),
    ...(source && { source: writeSource(source) }),
  };
}

function writeSource({
  type,
  root,
  metadata,
  ...plugin
}: DiskSource): NonNullable<ResourceJson['disk']>['source'] {
  return {
    type,
    ...(root !== undefined && { [type.toLowerCase()]: { root } }),
    ...plugin,
    ...(metadata && { metadata: writeLabels(metadata) }),
  };
}

/**
 * Reads a map of quantities, `{"cpus": {"value": 4}}`, as milli-units by name. Zeros are kept: a limit of 0
 * is one.
 *
 * @throws ResourceJsonError
 */
export function quantitiesFromJson(value: unknown, path: string): Record<string, number> {
  if (value === undefined || value === null) return {};
  return Object.fromEntries(
    new JsonMessage(value, path).entries().map(([name, message]) => {
      const quantity = message.need('value', message.number('value'));
      message.check(nameProblem(name) ?? scalarProblem(quantity));
      return [name, milliOf(quantity)];
    }),
  );
}

/** Writes milli-units by name as a map of quantities. */
export function quantitiesToJson(
  milliByName: Readonly<Record<string, number>>,
): Record<string, { value: number }> {
  const names = Object.keys(milliByName).sort(compareNames);
  return Object.fromEntries(names.map((name) => [name, { value: doubleOf(milliByName[name]) }]));
}
