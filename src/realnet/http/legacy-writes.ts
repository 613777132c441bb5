import { maintenanceSchedule } from '../master/maintenance-calls.js';
import type { Answer } from '../master/schedulers.js';
import { parseJson } from '../wire/codec.js';
import type { Message } from '../wire/message-reader.js';
import { operatorCallProblem, type OperatorCallMessage } from '../wire/operator-call.js';
import { messageType } from '../wire/schema.js';
import { WireError } from '../wire/wire-error.js';
import { answerJson, answerStatus, byMethod, type Exchange, type Handler } from './exchange.js';
import { quotaStatus, weightInfos, type OperatorFace } from './operator-api.js';

/** What an endpoint asks for, as a call of the operator API. */
type Read = (exchange: Exchange) => Message;

/**
 * The endpoints older than the v1 API that change something (mesos-http-api 6.4): each is one call of the operator API in other
 * clothes, and is answered as that is.
 */
export function legacyWrites(face: OperatorFace): Map<string, Handler> {
  const { host } = face;
  const taking = (read: Read): Handler => takingCalls(face, read);
  return new Map<string, Handler>([
    [
      '/weights',
      byMethod({
        GET: (exchange) => answerJson(exchange, weightInfos(host)),
        PUT: taking(({ body }) => ({
          type: 'UPDATE_WEIGHTS',
          update_weights: { weight_infos: parseJson(body) },
        })),
      }),
    ],
    [
      '/quota',
      byMethod({
        GET: (exchange) => answerJson(exchange, quotaDocument(face)),
        POST: taking(({ body }) => ({ type: 'SET_QUOTA', set_quota: { quota_request: parseJson(body) } })),
        DELETE: taking(({ path }) => ({
          type: 'REMOVE_QUOTA',
          remove_quota: { role: roleIn(path) },
        })),
      }),
    ],
    ['/reserve', byMethod({ POST: taking(converting('RESERVE_RESOURCES', 'resources')) })],
    ['/unreserve', byMethod({ POST: taking(converting('UNRESERVE_RESOURCES', 'resources')) })],
    ['/create-volumes', byMethod({ POST: taking(converting('CREATE_VOLUMES', 'volumes')) })],
    ['/destroy-volumes', byMethod({ POST: taking(converting('DESTROY_VOLUMES', 'volumes')) })],
    ['/teardown', byMethod({ POST: taking(tearingDown) })],
    [
      '/maintenance/schedule',
      byMethod({
        GET: (exchange) => answerJson(exchange, maintenanceSchedule(host)),
        POST: taking(({ body }) => ({
          type: 'UPDATE_MAINTENANCE_SCHEDULE',
          update_maintenance_schedule: { schedule: parseJson(body) },
        })),
      }),
    ],
    [
      '/machine/down',
      byMethod({
        POST: taking(({ body }) => ({
          type: 'START_MAINTENANCE',
          start_maintenance: { machines: parseJson(body) },
        })),
      }),
    ],
    [
      '/machine/up',
      byMethod({
        POST: taking(({ body }) => ({
          type: 'STOP_MAINTENANCE',
          stop_maintenance: { machines: parseJson(body) },
        })),
      }),
    ],
  ]);
}

function takingCalls({ operator, host }: OperatorFace, read: Read): Handler {
  return (exchange) => {
    let answer: Answer;
    try {
      const call: OperatorCallMessage = messageType('master', 'Call').reader.read(read(exchange));
      const problem = operatorCallProblem(call);
      if (problem !== undefined) throw new WireError(problem);
      answer = operator.take(call, exchange.principal) ?? { status: 501 };
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      answer = { status: 400, reason: error.message };
    }
    host.deliver(() => answerStatus(exchange, answer));
  };
}

/** `/quota/<role>`: a role of the top level has no slash, and one below is written with `%2F` or a slash. */
function roleIn(path: string): string {
  const role = path.slice('/quota/'.length);
  if (role === '') throw new WireError('the role is missing: DELETE /quota/<role>');
  try {
    return decodeURIComponent(role);
  } catch {
    throw new WireError(`"${role}" is no role: a % begins two hexadecimal digits`);
  }
}

/** A form of `slaveId` and resources as JSON; `source` where a reservation moves. */
function converting(type: string, field: 'resources' | 'volumes'): Read {
  return (exchange) => {
    const form = formOf(exchange);
    const source = type === 'RESERVE_RESOURCES' ? form.get('source') : null;
    const content = {
      agent_id: { value: needed(form, 'slaveId') },
      [field]: jsonField(field, needed(form, field)),
      ...(source !== null && { source: jsonField('source', source) }),
    };
    return { type, [type.toLowerCase()]: content };
  };
}

function tearingDown(exchange: Exchange): Message {
  const framework = { framework_id: { value: needed(formOf(exchange), 'frameworkId') } };
  return { type: 'TEARDOWN', teardown: framework };
}

function formOf({ body }: Exchange): URLSearchParams {
  return new URLSearchParams(body.toString());
}

function needed(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null) throw new WireError(`the form has no '${name}'`);
  return value;
}

function jsonField(name: string, text: string): unknown {
  try {
    return parseJson(Buffer.from(text));
  } catch (error) {
    throw error instanceof WireError ? error.within(name) : error;
  }
}

/** Beside the `configs` of the v1 API what is guaranteed, as it was told before those were. */
function quotaDocument({ host }: OperatorFace): Message {
  const { configs = [] } = quotaStatus(host) as { configs?: readonly QuotaConfig[] };
  const infos = configs.map(({ role, guarantees = {} }) => ({
    role,
    guarantee: Object.entries(guarantees).map(([name, scalar]) => ({ name, type: 'SCALAR', scalar })),
  }));
  return { infos, configs };
}

interface QuotaConfig {
  readonly role: string;
  readonly guarantees?: Readonly<Record<string, { readonly value: number }>>;
}
