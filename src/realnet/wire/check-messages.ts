import type { CommandMessage } from './messages.js';

const TYPES = ['COMMAND', 'HTTP', 'TCP'] as const;
export type CheckType = (typeof TYPES)[number];

interface CheckTimes {
  readonly delay_seconds: number;
  readonly interval_seconds: number;
  readonly timeout_seconds: number;
}

interface PortMessage {
  readonly port: number;
  /** IPv4 or IPv6. */
  readonly protocol?: string;
}

interface HttpMessage extends PortMessage {
  readonly path?: string;
  readonly scheme?: string;
}

export interface HealthCheckMessage extends CheckTimes {
  readonly type?: string;
  readonly consecutive_failures: number;
  readonly grace_period_seconds: number;
  readonly command?: CommandMessage;
  readonly http?: HttpMessage;
  readonly tcp?: PortMessage;
}

export interface CheckInfoMessage extends CheckTimes {
  readonly type?: string;
  readonly command?: { readonly command: CommandMessage };
  readonly http?: HttpMessage;
  readonly tcp?: PortMessage;
}

/** What to try: exactly one of the three, and when. */
export interface CheckPlan extends CheckTimes {
  readonly type: CheckType;
  readonly command?: CommandMessage;
  readonly http?: HttpMessage;
  readonly tcp?: PortMessage;
}

/** A check as both messages mean it. It has passed {@link checkProblem}. */
export function checkPlan(message: HealthCheckMessage | CheckInfoMessage): CheckPlan {
  const { type, command, http, tcp, delay_seconds, interval_seconds, timeout_seconds } = message;
  const own = command !== undefined && 'command' in command ? command.command : command;
  return {
    type: type as CheckType,
    ...(own && { command: own }),
    ...(http && { http }),
    ...(tcp && { tcp }),
    delay_seconds,
    interval_seconds,
    timeout_seconds,
  };
}

/** Why nothing can be checked so; the words of a TASK_ERROR. @param name `health_check` or `check` */
export function checkProblem(
  name: string,
  message: HealthCheckMessage | CheckInfoMessage | undefined,
): string | undefined {
  if (message === undefined) return undefined;
  const type = TYPES.find((known) => known === message.type);
  if (type === undefined) return `${name} has a type: ${TYPES.join(', ')}`;
  const plan = checkPlan(message);
  const { command, http } = plan;
  const field = type.toLowerCase() as 'command' | 'http' | 'tcp';
  if (plan[field] === undefined) return `${name} of type ${type} has the field ${field}`;
  if (type === 'COMMAND' && command?.value === undefined) return `the command of ${name} has no value to run`;
  if (type === 'HTTP') {
    const { path = '/', scheme = 'http' } = http ?? {};
    if (!path.startsWith('/')) return `${name}.http.path is "${path}"; it begins with /`;
    if (scheme !== 'http' && scheme !== 'https')
      return `${name}.http.scheme is "${scheme}"; it is http or https`;
  }
  const port = plan.http?.port ?? plan.tcp?.port ?? 1;
  if (port < 1 || port > 65_535) return `${name} names port ${port}; it is one of 1 to 65535`;
  const times = ['delay_seconds', 'interval_seconds', 'timeout_seconds', 'grace_period_seconds'] as const;
  const grace = 'grace_period_seconds' in message ? message.grace_period_seconds : 0;
  const bad = times.find((time) => !({ ...plan, grace_period_seconds: grace }[time] >= 0));
  return bad === undefined ? undefined : `${name}.${bad} is 0 or more`;
}
