import type { Operator } from '../master/operator.js';
import { parseJson } from '../wire/codec.js';
import { WireError } from '../wire/wire-error.js';
import { answerStatus, only, refuse, type Handler } from './exchange.js';

/** Mesos has no call by which an operator kills one task; this path is Agora's own. */
export const KILL_PATH = '/agora/v1/tasks/kill';

/** `{"framework_id":{"value":"…"},"task_id":{"value":"…"}}` is answered with 202, or 404. */
export function killApi(operator: Operator): Handler {
  return only('POST', (exchange) => {
    // A page of another origin may send plain text where it likes, but not this.
    if (!/^application\/json\b/i.test(exchange.request.headers['content-type'] ?? '')) {
      refuse(exchange, { status: 415, reason: "Expecting 'Content-Type' of application/json" });
      return;
    }
    let call: unknown;
    try {
      call = parseJson(exchange.body);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      refuse(exchange, { status: 400, reason: error.message });
      return;
    }
    const [framework, task] = [valueIn(call, 'framework_id'), valueIn(call, 'task_id')];
    if (framework === undefined || task === undefined) {
      refuse(exchange, { status: 400, reason: "Expecting 'framework_id' and 'task_id' to be present" });
      return;
    }
    answerStatus(exchange, operator.killTask(framework, task));
  });
}

function valueIn(call: unknown, field: string): string | undefined {
  const id = (call as Readonly<Record<string, { readonly value?: unknown } | undefined>> | null)?.[field];
  return typeof id?.value === 'string' ? id.value : undefined;
}
