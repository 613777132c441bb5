import { WILDCARD_ROLE } from '../roles.js';
import type { JsonMessage } from './json-fields.js';
import { goesWhole, kindFor, type KindSpec, type Label, type Reservation } from './kinds.js';
import type { ResourceBag } from './resources.js';
import { milliOf } from './scalars.js';
import {
  duplicateProblem,
  gpusProblem,
  nameProblem,
  overlapProblem,
  rangeProblem,
  reservationsProblem,
  scalarProblem,
  sharedProblem,
  typeProblem,
} from './validate.js';
import { rangesOf, setOf, type Value } from './values.js';

const VALUE_TYPES = ['SCALAR', 'RANGES', 'SET'] as const;
const RESERVATION_TYPES = ['STATIC', 'DYNAMIC'] as const;
const SOURCE_TYPES = ['MOUNT', 'PATH', 'BLOCK', 'RAW'] as const;
const VOLUME_MODES = ['RW', 'RO'] as const;

const VALUE_FIELDS = [
  ['scalar', 'SCALAR'],
  ['ranges', 'RANGES'],
  ['set', 'SET'],
] as const;

/**
 * Reads one resource of the v1 API and adds it to the bag.
 *
 * @throws ResourceJsonError
 */
export function readResource(message: JsonMessage, bag: ResourceBag): void {
  const name = message.need('name', message.text('name'));
  message.check(nameProblem(name), 'name');
  const type = message.need('type', message.choice('type', VALUE_TYPES));
  message.check(typeProblem(name, type), 'type');
  for (const [field, expected] of VALUE_FIELDS) {
    if (type !== expected)
      message.check(message.has(field) ? `type ${type} has no ${field} (R-1.3)` : undefined, field);
  }
  const milli = type === 'SCALAR' ? readScalar(message, name) : 0;
  const disk = readDisk(message, name);
  const provider = message.message('provider_id');
  const providerId = provider?.need('value', provider.text('value'));
  const spec: KindSpec = {
    name,
    type,
    reservations: readReservations(message),
    revocable: message.message('revocable') !== undefined,
    shared: message.message('shared') !== undefined,
    ...disk,
    ...(providerId !== undefined && { providerId }),
    unitMilli: goesWhole(disk) ? milli : 0,
  };
  message.check(sharedProblem(spec), 'shared');
  if (type === 'SCALAR') bag.add(kindFor(spec).id, milli);
  else bag.addValue(kindFor(spec).id, type === 'RANGES' ? readRanges(message) : readSet(message));
}

function readScalar(message: JsonMessage, name: string): number {
  const scalar = message.need('scalar', message.message('scalar'));
  const value = scalar.need('value', scalar.number('value'));
  const milli = milliOf(value);
  scalar.check(scalarProblem(value) ?? gpusProblem(name, milli), 'value');
  return milli;
}

function readRanges(message: JsonMessage): Value {
  const ranges = message.need('ranges', message.message('ranges'));
  const pairs = ranges.messages('range').map((range): [number, number] => {
    const begin = range.need('begin', range.number('begin'));
    const end = range.need('end', range.number('end'));
    range.check(rangeProblem(begin, end));
    return [begin, end];
  });
  ranges.check(overlapProblem(pairs));
  return rangesOf(pairs);
}

function readSet(message: JsonMessage): Value {
  const set = message.need('set', message.message('set'));
  const items = set.texts('item');
  set.check(duplicateProblem(items), 'item');
  return setOf(items);
}

/** Both formats become a stack. With one reservation the legacy fields may repeat what it says. */
function readReservations(message: JsonMessage): Reservation[] {
  const role = message.text('role');
  const legacy = message.message('reservation');
  const entries = message.messages('reservations');
  if (entries.length === 0) return readLegacyReservation(message, role ?? WILDCARD_ROLE, legacy);
  const stack = entries.map((entry): Reservation => {
    const type = entry.need('type', entry.choice('type', RESERVATION_TYPES));
    return { type, role: entry.need('role', entry.text('role')), ...readOrigin(entry) };
  });
  message.check(reservationsProblem(stack), 'reservations');
  if (role === undefined && legacy === undefined) return stack;
  const alone = stack.length === 1 && role !== undefined;
  const same = alone && keyOf(readLegacyReservation(message, role, legacy)) === keyOf(stack);
  message.check(
    same ? undefined : 'role and reservation say otherwise; leave them out (R-1.12)',
    'reservations',
  );
  return stack;
}

function readLegacyReservation(message: JsonMessage, role: string, legacy?: JsonMessage): Reservation[] {
  if (role === WILDCARD_ROLE) {
    message.check(legacy && 'nothing is reserved for "*" (R-1.10)', 'reservation');
    return [];
  }
  for (const field of ['type', 'role']) {
    legacy?.check(legacy.has(field) ? 'the legacy format has it in the resource (R-1.12)' : undefined, field);
  }
  const stack: Reservation[] = [
    { type: legacy ? 'DYNAMIC' : 'STATIC', role, ...(legacy && readOrigin(legacy)) },
  ];
  message.check(reservationsProblem(stack), 'role');
  return stack;
}

/** Principal and labels; labels are sorted, because their order says nothing. */
function readOrigin(entry: JsonMessage): Pick<Reservation, 'principal' | 'labels'> {
  const principal = entry.text('principal');
  const labels = readLabels(entry.message('labels'));
  return { ...(principal !== undefined && { principal }), ...(labels.length > 0 && { labels }) };
}

function readLabels(message: JsonMessage | undefined): Label[] {
  const labels = (message?.messages('labels') ?? []).map((label): Label => {
    const value = label.text('value');
    return { key: label.need('key', label.text('key')), ...(value !== undefined && { value }) };
  });
  return labels.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function keyOf(value: unknown): string {
  return JSON.stringify(value);
}

type DiskTraits = Pick<KindSpec, 'volume' | 'containerPath' | 'volumePrincipal' | 'source'>;

function readDisk(message: JsonMessage, name: string): DiskTraits {
  const disk = message.message('disk');
  if (disk === undefined) return {};
  message.check(name === 'disk' ? undefined : `"${name}" has no disk information`, 'disk');
  const persistence = disk.message('persistence');
  const volume = disk.message('volume');
  const source = disk.message('source');
  disk.check(persistence || source ? undefined : 'it needs a persistence or a source');
  disk.check(volume && !persistence ? 'a volume needs a persistence (R-1.20)' : undefined);
  const id = persistence?.need('id', persistence.text('id'));
  const principal = persistence?.text('principal');
  const containerPath = volume && readContainerPath(volume);
  return {
    ...(id !== undefined && { volume: id }),
    ...(containerPath !== undefined && { containerPath }),
    ...(principal !== undefined && { volumePrincipal: principal }),
    ...(source !== undefined && { source: readSource(source) }),
  };
}

function readContainerPath(volume: JsonMessage): string {
  const mode = volume.need('mode', volume.choice('mode', VOLUME_MODES));
  volume.check(mode === 'RO' ? 'a persistent volume is RW (R-1.20)' : undefined, 'mode');
  volume.check(volume.has('host_path') ? 'a persistent volume has no host path' : undefined, 'host_path');
  return volume.need('container_path', volume.text('container_path'));
}

function readSource(source: JsonMessage): NonNullable<KindSpec['source']> {
  const type = source.need('type', source.choice('type', SOURCE_TYPES));
  for (const field of ['mount', 'path']) {
    const isOther = source.has(field) && field !== type.toLowerCase();
    source.check(isOther ? `a ${type} disk has no ${field}` : undefined, field);
  }
  const place = type === 'MOUNT' || type === 'PATH' ? readPlace(source, type) : {};
  const plugin = Object.fromEntries(
    (['id', 'profile', 'vendor'] as const).flatMap((field) => {
      const text = source.text(field);
      return text === undefined ? [] : [[field, text]];
    }),
  );
  const metadata = readLabels(source.message('metadata'));
  return { type, ...place, ...plugin, ...(metadata.length > 0 && { metadata }) };
}

function readPlace(source: JsonMessage, type: 'MOUNT' | 'PATH'): { root: string } {
  const field = type === 'MOUNT' ? 'mount' : 'path';
  const place = source.need(field, source.message(field));
  return { root: place.need('root', place.text('root')) };
}
