import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** The first byte of a TLS handshake. */
const HANDSHAKE = 0x16;

const BODY = 'this server speaks HTTPS; use https://\n';
const ANSWER = [
  'HTTP/1.1 400 Bad Request',
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${BODY.length}`,
  'Connection: close',
  '',
  BODY,
].join('\r\n');

/**
 * Answers clients of a TLS server that speak plain HTTP, in plain HTTP: of TLS they would see nothing but the end of their
 * connection. Looks at the first byte before TLS does. Who says nothing, or is not done with an answer, is cut off when the
 * server's time for headers is over.
 *
 * @param onPlain is told of each
 * @returns what ends all connections: the server knows none before its handshake is over
 */
export function answerPlainHttp(server: Server, onPlain: () => void): () => void {
  const open = new Set<Socket>();
  const [speakTls] = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeListener('connection', speakTls);
  server.on('connection', (socket: Socket) => {
    const patience = setTimeout(() => socket.destroy(), server.headersTimeout);
    open.add(socket);
    socket.on('close', () => {
      clearTimeout(patience);
      open.delete(socket);
    });
    socket.on('error', () => socket.destroy());
    socket.once('readable', () => {
      const first = socket.read(1) as Buffer | null;
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.unshift(first);
      if (isLetter(first[0])) {
        onPlain();
        // What it still sends is read, lest it sees a reset instead of the answer.
        socket.resume();
        socket.end(ANSWER);
      } else {
        if (first[0] === HANDSHAKE) clearTimeout(patience);
        speakTls.call(server, socket);
      }
    });
  });
  return () => {
    for (const socket of open) socket.destroy();
  };
}

/** Of the name of a method. */
function isLetter(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}
