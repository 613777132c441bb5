import type { IncomingHttpHeaders } from 'node:http';
import { MEDIA_TYPES, type Encoding } from '../wire/codec.js';
import type { Refusal } from './exchange.js';

/** The encoding of a request's body, by its Content-Type (W-1.2). */
export function requestEncoding(headers: IncomingHttpHeaders): Encoding | Refusal {
  const given = headers['content-type'];
  if (given === undefined) return { status: 400, reason: "Expecting 'Content-Type' to be present" };
  const media = given.split(';', 1)[0].trim().toLowerCase();
  if (media === MEDIA_TYPES.json) return 'json';
  if (media === MEDIA_TYPES.protobuf) return 'protobuf';
  const known = Object.values(MEDIA_TYPES).join(' or ');
  return { status: 415, reason: `Expecting 'Content-Type' of ${known}` };
}

/** The encoding of the answer: JSON whenever that is allowed (W-1.4). */
export function responseEncoding(headers: IncomingHttpHeaders): Encoding | Refusal {
  const { accept } = headers;
  if (accept === undefined || allows(accept, MEDIA_TYPES.json)) return 'json';
  if (allows(accept, MEDIA_TYPES.protobuf)) return 'protobuf';
  const known = Object.values(MEDIA_TYPES).join(' or ');
  return { status: 406, reason: `Expecting 'Accept' to allow ${known}` };
}

function allows(accept: string, media: string): boolean {
  return accept.split(',').some((item) => {
    const [range, ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) return false;
    return range === '*/*' || range === media || range === `${media.split('/', 1)[0]}/*`;
  });
}
