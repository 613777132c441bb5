import { quantitiesToJson } from '../cluster/resources/json.js';
import { parseQuantities } from '../cluster/resources/text.js';
import type { MasterClient } from '../realnet/client/master-client.js';
import { durationOption } from './choices.js';
import { amountsText, isNamed, quotaOf, roles, shortId, shortNames } from './cluster-lists.js';
import type { Command } from './command.js';
import { masterClient, masterOptions } from './master-target.js';
import type { ParsedArgs } from './parse-args.js';
import type { Terminal } from './terminal.js';
import { shellWord } from './shell-word.js';
import { ExitStatus, UserError } from './user-error.js';

/** `agora weights` */
export const weights: Command = {
  name: 'weights',
  usage: '[ROLE=WEIGHT …] [options]',
  about: 'without a role: shows what roles have; else gives them weights',
  options: masterOptions,
  examples: ['agora weights', 'agora weights eng=2 ads=1'],
  run: async (args, terminal) => {
    if (args.positionals.length === 0) return await roles.run(args, terminal);
    const infos = args.positionals.map((text) => {
      const [, role, weight] = /^([^=,]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
      if (role === undefined)
        throw new UserError(`"${text}" is no weight; write one as eng=2, and several as eng=2 ads=1.`);
      return { role, weight: Number(weight) };
    });
    const roleNames = infos.map(({ role }) => role);
    const twice = roleNames.find((role, at) => roleNames.indexOf(role) !== at);
    if (twice !== undefined) throw new UserError(`role "${twice}" is given two weights.`);
    const text = infos.map(({ role, weight }) => `weight of ${role}: ${weight}`).join('\n');
    return await order(masterClient(args), args, terminal, {
      type: 'UPDATE_WEIGHTS',
      content: { weight_infos: infos },
      text,
    });
  },
};

/** `agora quota` */
export const quota: Command = {
  name: 'quota',
  usage: '[ROLE] [options]',
  about: 'shows the quota of all roles or of one; with an option: replaces it',
  options: [
    { group: 'quota', name: 'guarantee', value: 'TEXT', about: 'such as cpus:10;mem:4096', default: 'none' },
    { group: 'quota', name: 'limit', value: 'TEXT', about: 'such as cpus:20', default: 'none' },
    { group: 'quota', name: 'remove', about: 'the role has no quota any more' },
    { group: 'quota', name: 'force', about: 'even if the role uses more, or the cluster has less' },
    ...masterOptions,
  ],
  examples: [
    'agora quota',
    'agora quota eng --guarantee "cpus:2;mem:1024" --limit cpus:4',
    'agora quota eng',
    'agora quota eng --remove',
  ],
  notes: ['--guarantee without --limit leaves the role no limit, and the other way round.'],
  run: async (args, terminal) => {
    const isSet = ['guarantee', 'limit'].some((name) => args.value(name) !== undefined);
    const isRemove = args.has('remove');
    if (isSet && isRemove) throw new UserError('--remove goes without --guarantee and --limit.');
    if (!isSet && !isRemove) {
      if (args.has('force')) throw new UserError('--force goes with --guarantee, --limit or --remove.');
      if (args.positionals.length === 0) return await roles.run(args, terminal);
      return await showQuota(quotaRole(args), args, terminal);
    }
    const role = quotaRole(args);
    const config = { role, guarantees: amountsOf(args, 'guarantee'), limits: amountsOf(args, 'limit') };
    const content = { force: args.has('force'), quota_configs: [config] };
    const text = isRemove ? noQuota(role) : `quota of ${role} is set; agora quota shows it`;
    return await order(masterClient(args), args, terminal, { type: 'UPDATE_QUOTA', content, text });
  },
};

async function showQuota(role: string, args: ParsedArgs, terminal: Terminal): Promise<ExitStatus> {
  const found = await quotaOf(masterClient(args), role);
  const text =
    found === undefined
      ? noQuota(role)
      : `quota of ${role}: guarantee ${amountsText(found.guarantee)}, limit ${amountsText(found.limit)}`;
  terminal.out(`${args.has('json') ? JSON.stringify({ role, quota: found ?? null }, null, 2) : text}\n`);
  return ExitStatus.done;
}

function noQuota(role: string): string {
  return `${role} has no quota`;
}

/** Amounts that belong into an option are no part of a role. @throws UserError */
function quotaRole(args: ParsedArgs): string {
  const all = args.positionals.join(' ');
  const [, meant, kind, amounts] = /^([^=\s]+)[=\s](?:(guarantee|limit)s?:)?(.*:.*)$/s.exec(all) ?? [];
  if (meant === undefined) {
    const role = onlyOne(args, 'role');
    if (/[=,]/.test(role)) throw new UserError(`"${role}" is no role; write agora quota eng --limit cpus:4.`);
    return role;
  }
  const forms = (kind === undefined ? ['guarantee', 'limit'] : [kind]).map(
    (option) => `agora quota ${shellWord(meant)} --${option} ${shellWord(amounts)}`,
  );
  throw new UserError(`"${all}" is no role; amounts are options: ${forms.join(', or ')}.`);
}

/** @throws UserError */
function amountsOf(args: ParsedArgs, option: string): Record<string, unknown> {
  const text = args.value(option);
  if (text === undefined) return {};
  const amounts = parseQuantities(text);
  if (Object.keys(amounts).length > 0) return quantitiesToJson(amounts);
  throw new UserError(
    `--${option} names nothing, such as cpus:4; agora quota ROLE --remove takes the quota away.`,
  );
}

/** `agora drain` */
export const drain: Command = {
  name: 'drain',
  usage: 'AGENT [options]',
  about: 'kills the tasks of an agent and offers it no more',
  options: [
    { group: 'drain', name: 'max-grace-period', value: 'TIME', about: 'no task has longer to end by itself' },
    { group: 'drain', name: 'mark-gone', about: 'when it is drained, it never comes back' },
    ...masterOptions,
  ],
  examples: ['agora drain S0', 'agora drain S0 --max-grace-period 10s'],
  notes: ['AGENT is an id, its last part as agora agents shows it, or a host.'],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const agent = await agentOf(client, onlyOne(args, 'agent'));
    const graceUs = durationOption(args, 'max-grace-period');
    const content = {
      agent_id: { value: agent },
      mark_gone: args.has('mark-gone'),
      ...(graceUs !== undefined && { max_grace_period: { seconds: Math.ceil(graceUs / 1e6) } }),
    };
    const text = `draining ${shortId(agent)}; agora agents shows when it is drained`;
    return await order(client, args, terminal, { type: 'DRAIN_AGENT', content, text });
  },
};

/** `agora reactivate` */
export const reactivate: Command = {
  name: 'reactivate',
  usage: 'AGENT [options]',
  about: 'offers an agent again that was drained or deactivated',
  options: masterOptions,
  examples: ['agora reactivate S0'],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const agent = await agentOf(client, onlyOne(args, 'agent'));
    const content = { agent_id: { value: agent } };
    const text = `${shortId(agent)} is offered again`;
    return await order(client, args, terminal, { type: 'REACTIVATE_AGENT', content, text });
  },
};

/** `agora teardown` */
export const teardown: Command = {
  name: 'teardown',
  usage: 'FRAMEWORK [options]',
  about: 'ends a framework and kills its tasks',
  options: masterOptions,
  examples: ['agora teardown 0000'],
  run: async (args, terminal) => {
    const client = masterClient(args);
    const { frameworks } = (await client.get('/frameworks')) as { frameworks: readonly Named[] };
    const id = find(frameworks, onlyOne(args, 'framework'), 'framework');
    const content = { framework_id: { value: id } };
    return await order(client, args, terminal, {
      type: 'TEARDOWN',
      content,
      text: `${shortId(id)} is torn down`,
    });
  },
};

interface Named {
  readonly id: string;
  readonly hostname?: string;
  readonly name?: string;
}

/** The id of the agent that is meant. @throws UserError */
export async function agentOf(client: MasterClient, text: string): Promise<string> {
  const { slaves } = (await client.get('/slaves')) as { slaves: readonly Named[] };
  return find(slaves, text, 'agent');
}

/** The id that is meant. @throws UserError when none or several are */
function find(all: readonly Named[], text: string, what: string): string {
  const meant = all.filter(
    ({ id, hostname, name }) =>
      isNamed(id, text) || (what === 'agent' && hostname === text) || (what === 'framework' && name === text),
  );
  if (meant.length === 1) return meant[0].id;
  const name = shortNames(all.map(({ id }) => id));
  const namesOf = (some: readonly Named[]): string[] => some.slice(0, 10).map(({ id }) => name(id));
  const known = namesOf(all);
  if (meant.length > 1) {
    throw new UserError(
      `"${text}" stands for ${meant.length} ${what}s; name one of ${namesOf(meant).join(', ')}.`,
    );
  }
  const hint = known.length === 0 ? `There is no ${what}.` : `There are ${known.join(', ')}.`;
  throw new UserError(`no ${what} "${text}". ${hint}`);
}

function onlyOne({ positionals }: ParsedArgs, what: string): string {
  if (positionals.length === 1) return positionals[0];
  throw new UserError(
    positionals.length === 0
      ? `name the ${what}.`
      : `one ${what} at a time, not ${positionals.length}: ${positionals.join(', ')}.`,
  );
}

/** A call of the operator API that changes something. */
export interface Order {
  readonly type: string;
  readonly content: object;
  /** What has happened, for a person. */
  readonly text: string;
}

/** Has the master do something, and says so: in words, or with --json as the call that was taken. */
export async function order(
  client: MasterClient,
  args: ParsedArgs,
  terminal: Terminal,
  { type, content, text }: Order,
): Promise<ExitStatus> {
  await client.change(type, content);
  const call = { type, [type.toLowerCase()]: content };
  terminal.out(`${args.has('json') ? JSON.stringify(call, null, 2) : text}\n`);
  return ExitStatus.done;
}
