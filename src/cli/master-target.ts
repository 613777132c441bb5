import process from 'node:process';
import { parseCredential } from '../realnet/auth/credentials.js';
import { MasterClient } from '../realnet/client/master-client.js';
import { asUsage, authorities } from './daemon-server.js';
import type { OptionSpec } from './option-spec.js';
import type { ParsedArgs } from './parse-args.js';
import { readFile } from './read-file.js';
import { UserError } from './user-error.js';

/** How the clients of a master are told where it is. */
export const masterOptions: readonly OptionSpec[] = [
  {
    group: 'master',
    name: 'master',
    value: 'HOST:PORT',
    about: 'also a URL of http or https; or AGORA_MASTER',
    default: '127.0.0.1:5050',
  },
  {
    group: 'master',
    name: 'credential',
    value: 'FILE',
    about: 'who calls: a JSON file with principal and secret',
  },
  {
    group: 'master',
    name: 'tls-ca',
    value: 'FILE',
    about: 'of a master on https: who signed its certificate (PEM)',
  },
  { group: 'output', name: 'json', about: 'what the master says, as it says it; of an order, the call' },
];

/** The same for a command whose JSON is its own. */
export function clientOptions(json: string): OptionSpec[] {
  return masterOptions.map((option) => (option.name === 'json' ? { ...option, about: json } : option));
}

/** @throws UserError */
export function masterClient(args: ParsedArgs): MasterClient {
  const text = args.value('master') ?? process.env.AGORA_MASTER ?? '127.0.0.1:5050';
  const [, scheme = 'http', host, port = '5050'] =
    /^(?:(https?):\/\/)?([^/:]+)(?::(\d{1,5}))?\/?$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535 || Number(port) === 0) {
    throw new UserError(`--master is "${text}"; it is a host and a port, such as 127.0.0.1:5050.`);
  }
  const credential = credentialOf(args);
  const ca = args.value('tls-ca');
  if (ca !== undefined && scheme !== 'https') {
    throw new UserError(`--tls-ca is for a master on https, such as --master https://${host}:${port}.`);
  }
  return new MasterClient({
    scheme: scheme === 'https' ? 'https' : 'http',
    host,
    port: Number(port),
    ...(credential && { credential }),
    ...(ca !== undefined && { ca: authorities(ca) }),
  });
}

/** Who calls; undefined: nobody says. @throws UserError */
export function principalOf(args: ParsedArgs): string | undefined {
  return credentialOf(args)?.principal;
}

function credentialOf(args: ParsedArgs): ReturnType<typeof parseCredential> | undefined {
  const file = args.value('credential');
  return file === undefined ? undefined : asUsage(file, () => parseCredential(readFile(file).toString()));
}
