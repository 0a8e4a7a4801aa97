import { condition } from '@temporalio/workflow';
import { approvalsEndAt, requireApprovals } from './approvals.js';
import { isOpen, windowNote } from './contract/time-window.js';
import type { TimeWindow } from './contract/time-window.js';
import type { ReplacingStep } from './contract/steps.js';
import type { WindowWait } from './contract/run-state.js';
import { StepFailed, WindowClosed } from './endings.js';
import { throwIfStopping } from './park.js';
import { waitRehearsed } from './rehearsal.js';
import { replanIsWanted, throwIfReplanIsWanted } from './replan-wanted.js';
import { dispatch, now } from './run.js';
import type { Branch, Run } from './run.js';

/** A step that begins only at a certain time of day. */
export interface Windowed {
  what: WindowWait['what'];
  step: 'ensureSlot' | ReplacingStep;
  /** Absent: at any time. */
  window: TimeWindow | undefined;
  /** It may have begun already. The host knows: there the step goes on at any time, or refuses to begin now. */
  mayHaveBegun: boolean;
}

/**
 * Does the work inside of its window. The step itself looks at the clock once more when it acts: its task may have
 * lain about with no worker there until the window had closed. Then it is waited for again; but where the run's own
 * clock says that it is open, the clocks differ, and a person is asked.
 */
export async function insideWindow<T>(
  run: Run,
  follower: Branch,
  { what, step, window, mayHaveBegun }: Windowed,
  work: () => Promise<T>,
): Promise<T> {
  if (window === undefined) return work();
  const closed = (): boolean => !isOpen(window, Date.now());
  for (let wait = !mayHaveBegun; ; wait = true) {
    if (wait) await untilOpen(run, follower, { what, step, window });
    try {
      return await work();
    } catch (error) {
      const refused = error instanceof StepFailed && error.problem.code === 'WINDOW_CLOSED';
      if (!(error instanceof WindowClosed) && !(refused && closed())) throw error;
      if (refused)
        dispatch(run, { type: 'stepDropped', branch: follower.name, step, at: now(), status: 'pending' });
    }
  }
}

/**
 * Waits until the window is open, or until the approval has grown too old to be acted upon then: whoever has to be
 * asked again had better be asked by day than at the opening.
 */
async function untilOpen(
  run: Run,
  follower: Branch,
  { what, step, window }: { what: Windowed['what']; step: Windowed['step']; window: TimeWindow },
): Promise<void> {
  const since = now();
  for (;;) {
    throwIfStopping(follower);
    throwIfReplanIsWanted(run, follower);
    requireApprovals(run, follower, step);
    if (isOpen(window, Date.now())) return;
    const note = windowNote(window, Date.now());
    dispatch(run, { type: 'windowAwaited', branch: follower.name, window: { what, since, ...note } });
    const until = Math.min(Date.parse(note.opensAt), approvalsEndAt(run, follower, step));
    const summary = `${follower.name}: the ${what} waits for ${note.window}`;
    // Zero means "without a time" to the SDK.
    const wait = Math.max(1, until - Date.now());
    await waitRehearsed(run, follower, () => condition(() => replanIsWanted(follower), wait, { summary }));
  }
}
