/** Collects one output of a command, decoded only as a whole so that no character is cut between two chunks. */
export class OutputBuffer {
  overflowed = false;
  readonly #limitBytes: number;
  readonly #keep: 'first' | 'last';
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(limitBytes: number, keep: 'first' | 'last') {
    this.#limitBytes = limitBytes;
    this.#keep = keep;
  }

  add(chunk: Buffer): void {
    if (this.#size + chunk.length > this.#limitBytes) this.overflowed = true;
    if (this.#keep === 'first' && this.overflowed) return;
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > 2 * this.#limitBytes) this.#trim();
  }

  text(): string {
    this.#trim();
    return Buffer.concat(this.#chunks).toString('utf8');
  }

  #trim(): void {
    if (this.#size <= this.#limitBytes) return;
    let kept = Buffer.concat(this.#chunks).subarray(-this.#limitBytes);
    // Never begin in the middle of a character: 10xxxxxx continues one.
    while (kept[0] !== undefined && (kept[0] & 0xc0) === 0x80) kept = kept.subarray(1);
    this.#chunks = [Buffer.from(kept)];
    this.#size = kept.length;
  }
}
