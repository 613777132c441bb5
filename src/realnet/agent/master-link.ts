import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { connectionProblem } from '../client/connection-problem.js';
import { LINK_ID, LINK_PATH, REPORTS_PATH } from '../http/agent-link-api.js';
import { RecordReader } from '../http/recordio.js';
import type { Log } from '../log.js';
import type { AgentReportMessage } from '../wire/agent-protocol.js';
import { readCommand } from '../wire/agent-schemas.js';
import { asciiJson, parseJson } from '../wire/codec.js';
import type { AgentHost } from './agent-host.js';

export interface MasterLinkOptions {
  readonly master: { readonly host: string; readonly port: number };
  /** Value of the header Authorization. */
  readonly authorization?: string;
  /** Speaks TLS; `ca` are the certificates to trust besides the well-known ones. */
  readonly tls?: { readonly ca?: Buffer };
  /** The first wait before trying again is up to this long; later ones double, up to a minute (W-5.6). */
  readonly backoffMs: number;
  /** The master that is not heard for this long is sought again (W-5.5). */
  readonly silenceMs: number;
  readonly log: Log;
  /** The master does not know the credentials of this agent, which it never had registered. */
  readonly refused: (why: string) => void;
}

const LONGEST_BACKOFF_MS = 60_000;
/** A command carries a whole task. */
const LONGEST_COMMAND = 64 * 1024 * 1024;
/** Reports that go in one POST. */
const MOST_REPORTS = 256;

/** The agent's end of the way to its master: registers, sends reports in their order, and tries again for ever. */
export class MasterLink {
  readonly #host: AgentHost;
  readonly #options: MasterLinkOptions;
  readonly #connections: HttpAgent;
  #target: { readonly host: string; readonly port: number };
  #attempt = 0;
  #retry: NodeJS.Timeout | undefined;
  #current: Connection | undefined;
  #hasRegistered = false;
  #isStopped = false;

  constructor(host: AgentHost, options: MasterLinkOptions) {
    this.#host = host;
    this.#options = options;
    this.#target = options.master;
    this.#connections =
      options.tls === undefined
        ? new HttpAgent({ keepAlive: true })
        : new HttpsAgent({ keepAlive: true, ...(options.tls.ca && { ca: options.tls.ca }) });
  }

  start(): void {
    this.#connect();
  }

  /** Sends what is still to be said, and ends the link. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    await this.#current?.drained();
    this.#current?.close();
    this.#connections.destroy();
  }

  #connect(): void {
    const { log } = this.#options;
    const connection = new Connection({
      post: (path, headers, body) => this.#post(path, headers, body),
      silenceMs: this.#options.silenceMs,
      command: (value) => {
        const command = readCommand(value);
        this.#host.command(command);
        // It is said when it will not be forgotten.
        if (command.type === 'AGENT_REGISTERED') this.#registered(command.agent);
      },
      broken: (why, refusal) => this.#broken(connection, why, refusal),
      moved: (target) => {
        this.#target = target;
      },
    });
    this.#current = connection;
    log.debug({ master: this.#name }, 'registering');
    this.#host.connected((report) => connection.report(report));
  }

  get #name(): string {
    return `${this.#target.host}:${this.#target.port}`;
  }

  #registered(agent: string): void {
    this.#attempt = 0;
    this.#hasRegistered = true;
    this.#options.log.info({ agent, master: this.#name }, 'registered');
  }

  #broken(connection: Connection, why: string, refusal: boolean): void {
    if (this.#current !== connection) return;
    this.#current = undefined;
    this.#host.disconnected();
    if (this.#isStopped) return;
    const { log, backoffMs, refused, master } = this.#options;
    if (refusal && !this.#hasRegistered) {
      refused(why);
      return;
    }
    const longest = Math.min(backoffMs * 2 ** this.#attempt, LONGEST_BACKOFF_MS);
    this.#attempt++;
    const wait = Math.round(Math.random() * longest);
    log.warn({ master: this.#name, why, retryMs: wait }, 'no link to the master');
    // A master that sent us elsewhere may have been wrong: ask the one that we were given again.
    if (this.#attempt > 1) this.#target = master;
    this.#retry = setTimeout(() => this.#connect(), wait);
  }

  async #post(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<IncomingMessage> {
    const { authorization, tls } = this.#options;
    const bytes = Buffer.from(body, 'latin1');
    const make = tls === undefined ? httpRequest : httpsRequest;
    return await new Promise((resolve, reject) => {
      const call = make({
        ...this.#target,
        method: 'POST',
        path,
        agent: this.#connections,
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': bytes.length,
          ...(authorization !== undefined && { Authorization: authorization }),
          ...headers,
        },
      });
      call.on('response', resolve);
      call.on('error', (error) =>
        reject(new Error(connectionProblem(error, tls === undefined ? 'http' : 'https'))),
      );
      call.end(bytes);
    });
  }
}

interface ConnectionWorld {
  readonly post: (
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string,
  ) => Promise<IncomingMessage>;
  readonly silenceMs: number;
  readonly command: (value: unknown) => void;
  /** Called once. `refusal`: the credentials are not good. */
  readonly broken: (why: string, refusal: boolean) => void;
  readonly moved: (target: { readonly host: string; readonly port: number }) => void;
}

/** One life of the link: a stream of commands, and a queue of reports. */
class Connection {
  readonly #world: ConnectionWorld;
  readonly #queue: AgentReportMessage[] = [];
  #linkId: string | undefined;
  #stream: IncomingMessage | undefined;
  #silence: NodeJS.Timeout | undefined;
  #isSending = false;
  #isOver = false;
  #drained: () => void = () => undefined;

  constructor(world: ConnectionWorld) {
    this.#world = world;
  }

  /** The first report opens the link. */
  report(report: AgentReportMessage): void {
    if (this.#isOver) return;
    if (report.type === 'REGISTER_AGENT' && this.#linkId === undefined && this.#stream === undefined) {
      void this.#open(report);
      return;
    }
    this.#queue.push(report);
    if (!this.#isSending && this.#linkId !== undefined) void this.#send(this.#linkId);
  }

  /** Resolves when nothing is left to be said, or nobody is left to say it to. */
  async drained(): Promise<void> {
    if (this.#isOver || this.#linkId === undefined || !this.#isSending) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  close(): void {
    this.#break('closed');
  }

  async #open(report: AgentReportMessage): Promise<void> {
    this.#listen();
    try {
      const response = await this.#world.post(LINK_PATH, {}, asciiJson([report]));
      if (this.#isOver) {
        response.destroy();
        return;
      }
      const linkId = response.headers[LINK_ID];
      if (response.statusCode !== 200 || typeof linkId !== 'string') {
        await this.#refused(response);
        return;
      }
      this.#stream = response;
      this.#linkId = linkId;
      this.#read(response);
      if (this.#queue.length > 0) void this.#send(linkId);
    } catch (error) {
      this.#break(messageOf(error));
    }
  }

  #read(response: IncomingMessage): void {
    const reader = new RecordReader(LONGEST_COMMAND);
    response.on('data', (piece: Buffer) => {
      this.#listen();
      try {
        for (const record of reader.push(piece)) if (!this.#isOver) this.#world.command(parseJson(record));
      } catch (error) {
        this.#break(messageOf(error));
      }
    });
    response.on('close', () => this.#break('the master closed the link'));
    response.on('error', (error) => this.#break(error.message));
  }

  async #refused(response: IncomingMessage): Promise<void> {
    const { statusCode = 0, headers } = response;
    const [, host, port] = /^\/\/(.+):(\d+)/.exec(headers.location ?? '') ?? [];
    if (statusCode === 307 && host !== undefined) this.#world.moved({ host, port: Number(port) });
    const reason = (await text(response)).trim().slice(0, 300);
    this.#break(`${statusCode} ${reason}`, statusCode === 401 || statusCode === 403);
  }

  async #send(linkId: string): Promise<void> {
    this.#isSending = true;
    try {
      while (this.#queue.length > 0 && !this.#isOver) {
        const batch = this.#queue.splice(0, MOST_REPORTS);
        const response = await this.#world.post(REPORTS_PATH, { [LINK_ID]: linkId }, asciiJson(batch));
        const answer = await text(response);
        if (response.statusCode !== 202)
          this.#break(`${response.statusCode ?? 0} ${answer.trim().slice(0, 300)}`);
      }
    } catch (error) {
      this.#break(messageOf(error));
    }
    this.#isSending = false;
    this.#drained();
  }

  /** Something was heard. */
  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#isOver) return;
    this.#silence = setTimeout(() => this.#break('the master is silent'), this.#world.silenceMs);
  }

  #break(why: string, refusal = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#silence);
    this.#stream?.destroy();
    this.#drained();
    this.#world.broken(why, refusal);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
