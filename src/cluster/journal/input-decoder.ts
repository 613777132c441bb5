import type { Ask, MasterInput, Operation, TaskInfo, TaskSpec } from '../protocol.js';
import { Resources } from '../resources/resources.js';
import { statusUpdate, TASK_STATES } from '../task.js';
import type { ByteReader } from './byte-reader.js';
import { Entry, SOURCES } from './format.js';
import { JournalError } from './journal-error.js';
import { fromJson } from './json-values.js';

/** Reads what an InputEncoder wrote. */
export class InputDecoder {
  #known: unknown[] = [];
  #lastTask = 0;
  #lastOffer = 0;

  /** The input of an entry whose first byte was read already. @throws JournalError */
  decode(entry: number, reader: ByteReader): MasterInput {
    switch (entry) {
      case Entry.json:
        return inputFrom(fromJson(reader.text()));
      case Entry.update:
        return this.#update(reader);
      case Entry.acknowledge: {
        const framework = reader.natural();
        const agent = reader.integer();
        const task = this.#task(reader);
        return { type: 'ACKNOWLEDGE', framework, agent, task, update: reader.natural() };
      }
      case Entry.accept: {
        const framework = reader.natural();
        const refuseUs = reader.integer();
        const offers = this.#offers(reader);
        const operations = list(reader, () => this.#launch(reader));
        return { type: 'ACCEPT', framework, offers, operations, refuseUs };
      }
      case Entry.request: {
        const framework = reader.natural();
        return { type: 'REQUEST', framework, asks: list(reader, () => this.#ask(reader)) };
      }
      case Entry.allocate:
        return { type: 'ALLOCATE' };
      case Entry.decline: {
        const framework = reader.natural();
        const refuseUs = reader.integer();
        return { type: 'DECLINE', framework, offers: this.#offers(reader), refuseUs };
      }
      case Entry.suppress:
      case Entry.revive: {
        const framework = reader.natural();
        const roles = list(reader, () => reader.natural());
        return { type: entry === Entry.suppress ? 'SUPPRESS' : 'REVIVE', framework, roles };
      }
      default:
        throw new JournalError(`there is no entry ${entry}`);
    }
  }

  forget(): void {
    this.#known = [];
    this.#lastTask = 0;
    this.#lastOffer = 0;
  }

  #update(reader: ByteReader): MasterInput {
    const framework = reader.natural();
    const agent = reader.integer();
    const task = this.#task(reader);
    const state = TASK_STATES[reader.byte()];
    const update = reader.natural();
    const flags = reader.byte();
    const source = SOURCES[flags & 3];
    if (state === undefined || source === undefined) throw new JournalError('an update has no such state');
    const timestamp = reader.integer();
    const reason = (flags & 4) === 0 ? undefined : (reader.text() as `REASON_${string}`);
    const message = (flags & 8) === 0 ? undefined : reader.text();
    return statusUpdate(framework, agent, task, state, update, source, reason, message, timestamp);
  }

  #launch(reader: ByteReader): Operation {
    const tasks = list(reader, (): TaskInfo => {
      const task = this.#task(reader);
      const resources = this.#object(reader);
      const spec = this.#object(reader);
      if (!(resources instanceof Resources)) throw new JournalError('a task has no resources');
      return { task, resources, spec: spec as TaskSpec };
    });
    return { type: 'LAUNCH', tasks };
  }

  #ask(reader: ByteReader): Ask {
    const flags = reader.byte();
    const role = reader.natural();
    const count = reader.natural();
    const resources = this.#object(reader);
    if (!(resources instanceof Resources)) throw new JournalError('an ask has no resources');
    const ask = { role, resources, count, allOrNothing: (flags & 1) !== 0 };
    const constraint = (flags & 2) === 0 ? undefined : reader.text();
    const priority = (flags & 4) === 0 ? undefined : reader.integer();
    const estimateUs = (flags & 8) === 0 ? undefined : reader.integer();
    return {
      ...ask,
      ...(constraint !== undefined && { constraint }),
      ...(priority !== undefined && { priority }),
      ...(estimateUs !== undefined && { estimateUs }),
    };
  }

  #task(reader: ByteReader): number {
    this.#lastTask += reader.integer();
    return this.#lastTask;
  }

  #offers(reader: ByteReader): number[] {
    return list(reader, () => {
      this.#lastOffer += reader.integer();
      return this.#lastOffer;
    });
  }

  #object(reader: ByteReader): unknown {
    const number = reader.natural();
    if (number === 0) {
      const object = fromJson(reader.text());
      this.#known.push(object);
      return object;
    }
    if (number > this.#known.length) throw new JournalError(`nothing has the number ${number}`);
    return this.#known[number - 1];
  }
}

function list<Item>(reader: ByteReader, read: () => Item): Item[] {
  const items: Item[] = [];
  for (let left = reader.natural(); left > 0; left--) items.push(read());
  return items;
}

function inputFrom(value: unknown): MasterInput {
  if (typeof value !== 'object' || value === null || !('type' in value)) {
    throw new JournalError('an entry is no input');
  }
  return value as MasterInput;
}
