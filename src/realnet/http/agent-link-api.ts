import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { ResourceJsonError } from '../../cluster/resources/json.js';
import type { AgentLink, AgentLinks } from '../master/agent-links.js';
import type { AgentCommandMessage, AgentReportMessage } from '../wire/agent-protocol.js';
import { readReports } from '../wire/agent-schemas.js';
import { asciiJson, parseJson } from '../wire/codec.js';
import { WireError } from '../wire/wire-error.js';
import { answerEmpty, only, refuse, type Exchange, type Handler } from './exchange.js';
import { frame } from './recordio.js';

/** Comes with the stream of commands, and has to come with every report. */
export const LINK_ID = 'agora-link-id';
export const LINK_PATH = '/agora/v1/agent/link';
export const REPORTS_PATH = '/agora/v1/agent/reports';
/** An agent that is back reports all its tasks at once, and each with its whole description. */
export const REPORT_LIMIT = 64 * 1024 * 1024;

/** An agent that leaves more than this unread has lost touch. */
const MOST_UNREAD_BYTES = 64 * 1024 * 1024;

/** The stream of commands to one agent. */
class StreamLink implements AgentLink {
  readonly id = randomUUID();
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      [LINK_ID]: this.id,
    });
    response.flushHeaders();
  }

  send(command: AgentCommandMessage): void {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return;
    response.write(frame(Buffer.from(asciiJson(command), 'latin1')));
    if (response.writableLength > MOST_UNREAD_BYTES) response.destroy();
  }

  close(): void {
    this.#response.end();
  }
}

/**
 * The way of agents to their master. One POST registers and is answered with a stream of commands (RecordIO, JSON); further
 * reports come in POSTs of their own, one after another.
 */
export function agentLinkApi(agents: AgentLinks): Map<string, Handler> {
  const links = new Map<string, StreamLink>();
  return new Map([
    [LINK_PATH, only('POST', (exchange) => open(agents, links, exchange))],
    [REPORTS_PATH, only('POST', (exchange) => takeReports(agents, links, exchange))],
  ]);
}

function open(agents: AgentLinks, links: Map<string, StreamLink>, exchange: Exchange): void {
  const reports = read(exchange);
  if (reports === undefined) return;
  const [first] = reports;
  if (first?.type !== 'REGISTER_AGENT') {
    refuse(exchange, { status: 400, reason: 'an agent begins with REGISTER_AGENT' });
    return;
  }
  const { response } = exchange;
  const link = new StreamLink(response);
  links.set(link.id, link);
  response.on('close', () => {
    links.delete(link.id);
    agents.closed(link);
  });
  try {
    agents.report(link, first);
  } catch (error) {
    if (!isOfSender(error)) throw error;
    link.send({ type: 'SHUTDOWN', message: error.message });
    link.close();
  }
}

function takeReports(agents: AgentLinks, links: Map<string, StreamLink>, exchange: Exchange): void {
  const id = exchange.request.headers[LINK_ID];
  const link = typeof id === 'string' ? links.get(id) : undefined;
  if (link === undefined) {
    refuse(exchange, { status: 410, reason: 'the link is no more; register again' });
    return;
  }
  const reports = read(exchange);
  if (reports === undefined) return;
  try {
    for (const report of reports) agents.report(link, report);
    answerEmpty(exchange, 202);
  } catch (error) {
    if (!isOfSender(error)) throw error;
    refuse(exchange, { status: 400, reason: error.message });
  }
}

function read(exchange: Exchange): AgentReportMessage[] | undefined {
  try {
    return readReports(parseJson(exchange.body));
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    refuse(exchange, { status: 400, reason: error.message });
    return undefined;
  }
}

function isOfSender(error: unknown): error is Error {
  return error instanceof WireError || error instanceof ResourceJsonError;
}
