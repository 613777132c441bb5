/** Bytes of one piece of a long answer. */
export const PIECE = 64 * 1024;

/** Most pieces that are kept for later answers: 48 MiB, once an answer was as long. */
const MOST_SPARE = 768;

/**
 * Pieces that are free again. Made anew for every answer they would hold the loop: after some tens of MB outside its heap
 * the garbage collector marks for 5 ms at each further piece.
 */
const spare: Buffer<ArrayBuffer>[] = [];

/** The pieces in use, by their memory: other bytes may look the same, such as those at the beginning of a pool. */
const used = new WeakMap<ArrayBufferLike, Buffer<ArrayBuffer>>();

/** An empty piece. What is in it goes when it is {@link release}d. */
export function newPiece(): Buffer<ArrayBuffer> {
  const piece = spare.pop() ?? Buffer.allocUnsafeSlow(PIECE);
  used.set(piece.buffer, piece);
  return piece;
}

/** Gives back pieces when nobody reads them any more. Bytes that are no piece of this sort may be among them. */
export function release(pieces: readonly Uint8Array[]): void {
  for (const { buffer } of pieces) {
    const piece = used.get(buffer);
    if (piece === undefined) continue;
    used.delete(buffer);
    if (spare.length < MOST_SPARE) spare.push(piece);
  }
}
