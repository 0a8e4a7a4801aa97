import { seen, stillSince, watchFrom, type CopyWatch, type LeaderLook } from '../planning/copy-watch.js';
import type { CopyProgress, StepInput } from '../workflows/contract/activities.js';
import type { JobStatus } from './copy-job.js';
import { StepFailure } from './failures.js';
import { lookAtLeader } from './leader-look.js';
import type { StepContext } from './step.js';

const FREE_SPACE_MS = 10_000;
/** Counting what is on disk walks through all of it, so it is done only where the leader's figure does not do. */
const MEASURE_MS = 5_000;

/** Looks at one copy from the leader, again and again, and remembers what it saw. */
export class CopyWatcher {
  readonly #input: StepInput;
  readonly #context: StepContext;
  #watch: CopyWatch | undefined;
  #free: { at: number; bytes: number } | undefined;
  #measuredAt = 0;
  #leaderAnswers = true;

  constructor(input: StepInput, context: StepContext) {
    this.#input = input;
    this.#context = context;
  }

  get progress(): CopyProgress | undefined {
    return this.#watch?.progress;
  }

  /** ms for which neither the leader nor the disk has shown any growth. */
  get stillMs(): number {
    return this.#watch === undefined ? 0 : Date.now() - stillSince(this.#watch);
  }

  /** Whether the next look at the job shall count what is on disk. */
  wantsDiskBytes(stallMs: number): boolean {
    const every = Math.min(MEASURE_MS, stallMs / 3);
    const wanted = !this.#leaderAnswers || this.stillMs >= every;
    if (!wanted || Date.now() - this.#measuredAt < every) return false;
    this.#measuredAt = Date.now();
    return true;
  }

  /** A leader that cannot be asked at the moment does not disturb the copy. */
  async lookAtLeader(): Promise<LeaderLook | undefined> {
    const known =
      this.#free !== undefined && Date.now() - this.#free.at < FREE_SPACE_MS ? this.#free : undefined;
    try {
      const look = await lookAtLeader(this.#input, this.#context, known?.bytes);
      const { freeBytes } = look.wal;
      if (known === undefined && freeBytes !== undefined) this.#free = { at: Date.now(), bytes: freeBytes };
      this.#leaderAnswers = true;
      return look;
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      this.#leaderAnswers = false;
      return undefined;
    }
  }

  note({ job, copied, diskBytes }: JobStatus, leader: LeaderLook | undefined): CopyProgress {
    const at = Date.now();
    const before =
      this.#watch?.job === job
        ? this.#watch
        : watchFrom(job, at, this.#context.lastProgress as CopyProgress | undefined);
    const after = seen(before, {
      at,
      job,
      copied,
      ...(leader === undefined ? {} : { leader }),
      ...(diskBytes === undefined ? {} : { diskBytes }),
    });
    this.#watch = after;
    return after.progress;
  }

  /** What was done about the progress goes with it from here on. */
  keep(progress: CopyProgress): CopyProgress {
    if (this.#watch !== undefined) this.#watch = { ...this.#watch, progress };
    return progress;
  }
}
