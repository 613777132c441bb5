import { z } from 'zod';
import type { ResourceJson } from '../../cluster/resources/json.js';
import { TASK_STATES } from '../../cluster/task.js';
import type { AgentCommandMessage, AgentReportMessage } from './agent-protocol.js';
import { WireError } from './wire-error.js';

/** Looked into by those who read resources or messages of the API. */
const resource = z.custom<ResourceJson>((value) => typeof value === 'object' && value !== null);
const message = z.record(z.string(), z.unknown());
const id = z.string().min(1).max(512);
const micros = z.number().min(0);
const name = z.string().max(512);

const attribute = z.discriminatedUnion('type', [
  z.object({ name, type: z.literal('TEXT'), text: z.string() }),
  z.object({ name, type: z.literal('SCALAR'), milli: z.number() }),
  z.object({
    name,
    type: z.literal('RANGES'),
    ranges: z.array(z.tuple([z.number(), z.number()])),
  }),
]);

const description = z.object({
  hostname: name,
  ip: name,
  port: z.number().int().min(0).max(65_535),
  resources: z.array(resource),
  attributes: z.array(attribute),
  domain: z.object({ region: z.string(), zone: z.string() }).exactOptional(),
});

const spec = z.object({
  name: z.string(),
  executorId: id.exactOptional(),
  executorResources: z.array(resource).exactOptional(),
  executorDigest: z.string().exactOptional(),
  graceUs: micros.exactOptional(),
  payload: z.unknown().exactOptional(),
});

const state = z.enum(TASK_STATES as [(typeof TASK_STATES)[number]]);
const task = { framework: id, role: z.string(), task: id, resources: z.array(resource), spec };
const reason = z.templateLiteral(['REASON_', z.string()]);
const update = {
  framework: id,
  task: id,
  state,
  update: z.number().int().min(0),
  source: z.enum(['SOURCE_MASTER', 'SOURCE_AGENT', 'SOURCE_EXECUTOR']),
  reason: reason.exactOptional(),
  message: z.string().exactOptional(),
  timestamp: micros,
  details: z.unknown().exactOptional(),
};

const executorMessage = z.object({
  type: z.literal('EXECUTOR_MESSAGE'),
  framework: id,
  executor: id,
  data: z.string(),
});

const report = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('REGISTER_AGENT'),
    agent: id.exactOptional(),
    description,
    tasks: z.array(z.object({ ...task, state })),
    frameworks: z.record(z.string(), message).exactOptional(),
  }),
  z.object({ type: z.literal('UPDATE'), ...update }),
  z.object({ type: z.literal('PONG') }),
  executorMessage,
  z.object({ type: z.literal('EXECUTOR_EXITED'), framework: id, executor: id, status: z.number().int() }),
  z.object({ type: z.literal('UNREGISTER_AGENT') }),
]);

const reports = z.array(report);

const command = z.discriminatedUnion('type', [
  z.object({ type: z.literal('AGENT_REGISTERED'), agent: id }),
  z.object({ type: z.literal('RUN_TASK'), ...task, frameworkInfo: message.exactOptional() }),
  z.object({
    type: z.literal('KILL_TASK'),
    framework: id,
    task: id,
    graceUs: micros.exactOptional(),
    reason: reason.exactOptional(),
  }),
  z.object({ type: z.literal('ACKNOWLEDGE'), framework: id, task: id, update: z.number().int().min(0) }),
  z.object({ type: z.literal('SHUTDOWN_FRAMEWORK'), framework: id }),
  z.object({ type: z.literal('RESEND_UPDATES'), framework: id }),
  z.object({ type: z.literal('PING') }),
  executorMessage,
  z.object({ type: z.literal('SHUTDOWN_EXECUTOR'), framework: id, executor: id }),
  z.object({ type: z.literal('SHUTDOWN'), message: z.string() }),
]);

/** What an agent said, checked. @throws WireError */
export function readReports(value: unknown): AgentReportMessage[] {
  return checked(reports, value);
}

/** What a master said, checked. @throws WireError */
export function readCommand(value: unknown): AgentCommandMessage {
  return checked(command, value);
}

function checked<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message: reason }] = result.error.issues;
  throw new WireError(`${path.join('.')}: ${reason}`);
}
