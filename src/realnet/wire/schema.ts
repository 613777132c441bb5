import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { MessageReader } from './message-reader.js';

/** Where the definitions of the wire's messages are: beside src and dist. */
const folder = new URL('../../../proto/', import.meta.url);

/** Roots by file: a definition costs some milliseconds to read, and few programs need all. */
const roots = new Map<string, protobuf.Root>();
const types = new Map<string, MessageType>();

/** One message of the Mesos v1 API: how to read it, in either encoding. */
export class MessageType {
  readonly type: protobuf.Type;
  readonly reader: MessageReader;

  constructor(type: protobuf.Type) {
    this.type = type;
    this.reader = MessageReader.of(type);
  }
}

/**
 * A message type by file and name in it: `messageType('scheduler', 'Call')`.
 *
 * @param file of the folder proto, without its ending
 */
export function messageType(file: string, name: string): MessageType {
  const key = `${file}/${name}`;
  let found = types.get(key);
  if (found === undefined) {
    const scope = file === 'mesos' ? 'mesos.v1' : `mesos.v1.${file}`;
    found = new MessageType(rootOf(file).lookupType(`${scope}.${name}`));
    types.set(key, found);
  }
  return found;
}

function rootOf(file: string): protobuf.Root {
  let root = roots.get(file);
  if (root === undefined) {
    root = new protobuf.Root();
    root.resolvePath = (_origin, target) => fileURLToPath(new URL(target, folder));
    root.loadSync(`${file}.proto`, { keepCase: true });
    root.resolveAll();
    roots.set(file, root);
  }
  return root;
}
