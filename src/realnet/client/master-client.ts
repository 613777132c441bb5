import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { connectionProblem, speaksPlainHttp } from './connection-problem.js';

/** Where a master or an agent is, and who calls. */
export interface MasterTarget {
  /** @defaultValue a master */
  readonly role?: 'master' | 'agent';
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Principal and secret, as HTTP Basic takes them. */
  readonly credential?: { readonly principal: string; readonly secret: string };
  /** Certificates of those who may have signed that of a server on https. @defaultValue the well-known ones */
  readonly ca?: Buffer;
}

/** The master refused, or nobody answers there: one line for the user. */
export class MasterClientError extends Error {
  override readonly name = 'MasterClientError';
}

const PLAIN_AGENT =
  'agents of a master on https are called by https, too; start it with --tls-cert and --tls-key';

/** The operator API and the older documents of a master or an agent, from outside. */
export class MasterClient {
  readonly #target: MasterTarget;

  constructor(target: MasterTarget) {
    this.#target = target;
  }

  /** The same caller elsewhere. */
  agentAt(host: string, port: number): MasterClient {
    return new MasterClient({ ...this.#target, role: 'agent', host, port });
  }

  /** A document such as `/slaves`. @throws MasterClientError */
  async get(path: string): Promise<unknown> {
    return parse(await this.#send('GET', path, undefined));
  }

  /** A call that shows something: the content of its answer. @throws MasterClientError */
  async show(type: string, content?: object): Promise<unknown> {
    const call = { type, ...(content && { [type.toLowerCase()]: content }) };
    const answer = parse(await this.#send('POST', '/api/v1', call));
    return (answer as Readonly<Record<string, unknown>>)[type.toLowerCase()] ?? {};
  }

  /** A call that changes something. @throws MasterClientError */
  async change(type: string, content: object): Promise<void> {
    await this.#send('POST', '/api/v1', { type, [type.toLowerCase()]: content });
  }

  /** A document that a path of Agora's own takes. @throws MasterClientError */
  async post(path: string, content: object): Promise<void> {
    await this.#send('POST', path, content);
  }

  async #send(method: string, path: string, body: object | undefined): Promise<string> {
    const { statusCode: status = 0, text } = await this.#exchange(method, path, body);
    if (status >= 200 && status < 300) return text;
    const reason = text.trim();
    if (status === 401) {
      const hint = this.#target.credential === undefined ? ' --credential FILE says who calls.' : '';
      throw new MasterClientError(`the ${this.#role} at ${this.#name} refuses: ${reason}.${hint}`);
    }
    throw new MasterClientError(reason === '' ? `the ${this.#role} answers with ${status}.` : `${reason}.`);
  }

  async #exchange(
    method: string,
    path: string,
    body: object | undefined,
  ): Promise<{ statusCode: number | undefined; text: string }> {
    try {
      const response = await this.open(method, path, body);
      return { statusCode: response.statusCode, text: (await buffer(response)).toString() };
    } catch (error) {
      if (error instanceof MasterClientError) throw error;
      throw this.#away(error);
    }
  }

  /** Sends a request, whose answer is still to be read. @throws MasterClientError when nobody answers */
  async open(
    method: string,
    path: string,
    body?: object,
    more: Readonly<Record<string, string>> = {},
  ): Promise<IncomingMessage> {
    const { scheme, host, port, credential, ca } = this.#target;
    const send = scheme === 'https' ? httpsRequest : httpRequest;
    const auth = {
      ...(credential && { auth: `${credential.principal}:${credential.secret}` }),
      ...(ca && { ca }),
    };
    const headers = {
      Accept: 'application/json',
      ...(body && { 'Content-Type': 'application/json' }),
      ...more,
    };
    try {
      return await new Promise<IncomingMessage>((resolve, reject) => {
        const call = send({ host, port, method, path, headers, ...auth }, resolve);
        call.on('error', reject);
        call.end(body === undefined ? undefined : JSON.stringify(body));
      });
    } catch (error) {
      throw this.#away(error);
    }
  }

  #away(error: unknown): MasterClientError {
    const { scheme } = this.#target;
    const why = connectionProblem(error, scheme);
    if (this.#role === 'agent' && speaksPlainHttp(error, scheme))
      return new MasterClientError(`${this.#name} speaks plain HTTP: ${PLAIN_AGENT}.`);
    const whom = this.#role === 'agent' ? 'an agent' : 'a master';
    const isNobody = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' && this.#role === 'master';
    const hint = isNobody ? ' agora local starts one; --master HOST:PORT says where another is.' : '';
    return new MasterClientError(`no answer of ${whom} at ${this.#name}: ${why}.${hint}`);
  }

  get #role(): string {
    return this.#target.role ?? 'master';
  }

  get #name(): string {
    const { scheme, host, port } = this.#target;
    return `${scheme}://${host}:${port}`;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MasterClientError('the answer is no JSON: is it a master of Agora that listens there?');
  }
}
