import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';

/** Where a master is, and who calls. */
export interface MasterTarget {
  readonly scheme: 'http' | 'https';
  readonly host: string;
  readonly port: number;
  /** Principal and secret, as HTTP Basic takes them. */
  readonly credential?: { readonly principal: string; readonly secret: string };
}

/** The master refused, or nobody answers there: one line for the user. */
export class MasterClientError extends Error {
  override readonly name = 'MasterClientError';
}

/** The operator API and the older documents of a master, from outside. */
export class MasterClient {
  readonly #target: MasterTarget;

  constructor(target: MasterTarget) {
    this.#target = target;
  }

  /** A document such as `/slaves`. @throws MasterClientError */
  async get(path: string): Promise<unknown> {
    return parse(await this.#send('GET', path, undefined));
  }

  /** A call that shows something: the content of its answer. @throws MasterClientError */
  async show(type: string): Promise<unknown> {
    const answer = parse(await this.#send('POST', '/api/v1', { type }));
    return (answer as Readonly<Record<string, unknown>>)[type.toLowerCase()] ?? {};
  }

  /** A call that changes something. @throws MasterClientError */
  async change(type: string, content: object): Promise<void> {
    await this.#send('POST', '/api/v1', { type, [type.toLowerCase()]: content });
  }

  async #send(method: string, path: string, body: object | undefined): Promise<string> {
    const { statusCode: status = 0, text } = await this.#exchange(method, path, body);
    if (status >= 200 && status < 300) return text;
    const reason = text.trim();
    if (status === 401) {
      throw new MasterClientError(`the master at ${this.#name} asks who calls: ${reason}.`);
    }
    throw new MasterClientError(reason === '' ? `the master answers with ${status}.` : `${reason}.`);
  }

  async #exchange(
    method: string,
    path: string,
    body: object | undefined,
  ): Promise<{ statusCode: number | undefined; text: string }> {
    const { scheme, host, port, credential } = this.#target;
    const send = scheme === 'https' ? httpsRequest : httpRequest;
    const auth = credential && { auth: `${credential.principal}:${credential.secret}` };
    const headers = { Accept: 'application/json', ...(body && { 'Content-Type': 'application/json' }) };
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const call = send({ host, port, method, path, headers, ...auth }, resolve);
        call.on('error', reject);
        call.end(body === undefined ? undefined : JSON.stringify(body));
      });
      return { statusCode: response.statusCode, text: (await buffer(response)).toString() };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const why = code === 'ECONNREFUSED' ? 'nobody listens there' : (error as Error).message;
      throw new MasterClientError(`no answer of a master at ${this.#name}: ${why}.`);
    }
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
