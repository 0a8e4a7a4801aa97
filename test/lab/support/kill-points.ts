import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './until.js';

export type Moment = 'before' | 'after';

/** `kill`: the worker ends itself by SIGKILL there. `hold`: it waits there until the test lets it go on. */
export type Order = 'kill' | 'hold';

/**
 * Places in a run at which a test stops it, by name: `before takeBaseBackup/follower1#1` is the moment before
 * the first thing the step changes, `after …` the moment after it was done and before anybody was told.
 * `before *` and `after *` are all of them, each once: what was reached before a kill is passed the next time.
 *
 * Test and worker share a directory, because the worker that is killed has no memory:
 *
 *   orders    `kill|hold <point>`, by the test
 *   effects   `<step>/<branch>\t<what>` in the order they were first met: their numbers
 *   reached   points at which an order was carried out, written and synced before it is
 *   released  held points that may go on
 */
export class KillPoints {
  readonly #directory: string;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#directory = directory;
  }

  /** Orders are added; each is carried out once at each of its points. */
  order(...orders: `${Order} ${Moment} ${string}`[]): void {
    for (const order of orders) this.#append('orders', order);
  }

  get reached(): string[] {
    return this.#lines('reached');
  }

  /** Every effect the workers met, as `<step>/<branch>#<n>` and what it was. */
  get effects(): [name: string, what: string][] {
    const met = this.#lines('effects').map((line) => line.split('\t') as [string, string]);
    return met.map(([activity, what], index) => {
      const number = met.slice(0, index + 1).filter(([other]) => other === activity).length;
      return [`${activity}#${String(number)}`, what];
    });
  }

  /** Waits until a worker stands, or died, at this point. */
  async untilReached(point: `${Moment} ${string}`, limitMs = 60_000): Promise<void> {
    await until(`the worker is at "${point}"`, () => Promise.resolve(this.reached.includes(point)), limitMs);
  }

  release(point: `${Moment} ${string}`): void {
    this.#append('released', point);
  }

  /** The worker's side. */
  async meet(moment: Moment, activity: string, what: string): Promise<void> {
    const name = this.#nameOf(activity, what);
    const point = `${moment} ${name}`;
    const order = this.#lines('orders').find((line) => [`${moment} *`, point].includes(line.slice(5)));
    if (order === undefined || this.reached.includes(point)) return;
    this.#append('reached', point);
    if (order.startsWith('kill')) process.kill(process.pid, 'SIGKILL');
    while (!this.#lines('released').includes(point)) await sleep(20);
  }

  #nameOf(activity: string, what: string): string {
    const found = () =>
      this.effects.find(([name, known]) => name.startsWith(`${activity}#`) && known === what);
    if (found() === undefined) this.#append('effects', `${activity}\t${what}`);
    return found()?.[0] ?? activity;
  }

  #lines(file: string): string[] {
    try {
      return readFileSync(join(this.#directory, file), 'utf8').split('\n').filter(Boolean);
    } catch {
      return []; // nobody has written there yet
    }
  }

  #append(file: string, line: string): void {
    const opened = openSync(join(this.#directory, file), 'a');
    writeSync(opened, `${line}\n`);
    fsyncSync(opened);
    closeSync(opened);
  }
}
