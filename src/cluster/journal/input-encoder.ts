import type { Ask, MasterInput, Operation, TaskSpec } from '../protocol.js';
import type { Resources } from '../resources/resources.js';
import { stateCode } from '../task.js';
import type { ByteWriter } from './byte-writer.js';
import { Entry, MOST_KNOWN, SOURCES, type InputOf } from './format.js';
import { toJson } from './json-values.js';

/**
 * Writes inputs. Resources and specs that were written before are a number; ids of tasks and offers are told by their
 * distance from the one before.
 */
export class InputEncoder {
  readonly #writer: ByteWriter;
  #known = new WeakMap<Resources | TaskSpec, number>();
  #knownCount = 0;
  #lastTask = 0;
  #lastOffer = 0;

  constructor(writer: ByteWriter) {
    this.#writer = writer;
  }

  encode(input: MasterInput): void {
    const writer = this.#writer;
    if (this.#knownCount >= MOST_KNOWN) this.#forget();
    const start = writer.length;
    writer.odd = false;
    if (this.#encodeFrequent(input) && !writer.odd) return;
    // Rare, or with a number that no sane input has: as JSON, and what it brought along for the first time is forgotten.
    writer.cut(start);
    if (writer.odd) this.#forget();
    writer.byte(Entry.json);
    writer.text(toJson(input));
  }

  #encodeFrequent(input: MasterInput): boolean {
    const writer = this.#writer;
    switch (input.type) {
      case 'UPDATE':
        return this.#update(input);
      case 'ACKNOWLEDGE':
        if (typeof input.update !== 'number') return false;
        writer.byte(Entry.acknowledge);
        writer.natural(input.framework);
        writer.integer(input.agent);
        this.#task(input.task);
        writer.natural(input.update);
        return true;
      case 'ACCEPT':
        return this.#accept(input);
      case 'REQUEST':
        writer.byte(Entry.request);
        writer.natural(input.framework);
        writer.natural(input.asks.length);
        for (const ask of input.asks) this.#ask(ask);
        return true;
      case 'ALLOCATE':
        writer.byte(Entry.allocate);
        return true;
      case 'DECLINE':
        writer.byte(Entry.decline);
        writer.natural(input.framework);
        writer.integer(input.refuseUs);
        this.#offers(input.offers);
        return true;
      case 'SUPPRESS':
      case 'REVIVE':
        writer.byte(input.type === 'SUPPRESS' ? Entry.suppress : Entry.revive);
        writer.natural(input.framework);
        writer.natural(input.roles.length);
        for (const role of input.roles) writer.natural(role);
        return true;
      default:
        return false;
    }
  }

  #update(input: InputOf<'UPDATE'>): boolean {
    const writer = this.#writer;
    const { state, update, source, reason, message, timestamp, details } = input;
    const code = stateCode(state);
    if (typeof update !== 'number' || code < 0 || details !== undefined) return false;
    writer.byte(Entry.update);
    writer.natural(input.framework);
    writer.integer(input.agent);
    this.#task(input.task);
    writer.byte(code);
    writer.natural(update);
    const words = (reason === undefined ? 0 : 4) + (message === undefined ? 0 : 8);
    writer.byte(SOURCES.indexOf(source) + words);
    writer.integer(timestamp);
    if (reason !== undefined) writer.text(reason);
    if (message !== undefined) writer.text(message);
    return true;
  }

  #accept({ framework, offers, operations, refuseUs }: InputOf<'ACCEPT'>): boolean {
    if (operations.some((operation) => operation.type !== 'LAUNCH')) return false;
    const writer = this.#writer;
    writer.byte(Entry.accept);
    writer.natural(framework);
    writer.integer(refuseUs);
    this.#offers(offers);
    writer.natural(operations.length);
    for (const operation of operations) this.#launch(operation);
    return true;
  }

  #launch(operation: Operation): void {
    if (operation.type !== 'LAUNCH') return;
    this.#writer.natural(operation.tasks.length);
    for (const { task, resources, spec } of operation.tasks) {
      this.#task(task);
      this.#object(resources);
      this.#object(spec);
    }
  }

  #ask({ role, resources, count, allOrNothing, constraint, priority, estimateUs }: Ask): void {
    const writer = this.#writer;
    const extras =
      (constraint === undefined ? 0 : 2) +
      (priority === undefined ? 0 : 4) +
      (estimateUs === undefined ? 0 : 8);
    writer.byte((allOrNothing ? 1 : 0) + extras);
    writer.natural(role);
    writer.natural(count);
    this.#object(resources);
    if (constraint !== undefined) writer.text(constraint);
    if (priority !== undefined) writer.integer(priority);
    if (estimateUs !== undefined) writer.integer(estimateUs);
  }

  #task(task: number): void {
    this.#writer.integer(task - this.#lastTask);
    if (!this.#writer.odd) this.#lastTask = task;
  }

  #offers(offers: readonly number[]): void {
    this.#writer.natural(offers.length);
    for (const offer of offers) {
      this.#writer.integer(offer - this.#lastOffer);
      if (!this.#writer.odd) this.#lastOffer = offer;
    }
  }

  /** The number of one that was written before, counted from 1; or 0 and all of it. */
  #object(object: Resources | TaskSpec): void {
    const known = this.#known.get(object);
    if (known !== undefined) {
      this.#writer.natural(known);
      return;
    }
    this.#known.set(object, ++this.#knownCount);
    this.#writer.natural(0);
    this.#writer.text(toJson(object));
  }

  /** Both sides start anew. */
  #forget(): void {
    this.#writer.byte(Entry.forget);
    this.#known = new WeakMap();
    this.#knownCount = 0;
    this.#lastTask = 0;
    this.#lastOffer = 0;
  }
}
