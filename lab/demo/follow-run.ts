import { setTimeout as sleep } from 'node:timers/promises';
import { demoApproves, personApproves, refuseAll } from './approvals.js';
import { DEMO_RATE } from './demo-config.js';
import { DemoEnd, DemoInterrupted, INTERRUPTED_CODE } from './demo-end.js';
import type { Demo } from './demo.js';
import { shownPath } from './place.js';
import { isOpen, needsSomebody, openGates, parkedFailures, readView } from './run-view.js';
import type { RunView } from './run-view.js';

/**
 * From the first gate to the end of the run, or to where it waits for a person who is not here.
 * A gate may open more than once: what was approved may have changed since.
 */
export async function followRun(demo: Demo, first: RunView): Promise<RunView> {
  const { cluster } = first;
  let view = first;
  for (;;) {
    if (!isOpen(view) || parkedFailures(view).length > 0) return view;
    const answer = openGates(view).length > 0 ? await decide(demo, view) : 'approved';
    if (answer === 'left open') return view;
    demo.talk.heading('The run');
    if (answer === 'approved') explainRate(demo);
    const code = await watch(demo, cluster);
    view = await currentView(demo, cluster);
    // `watch` has said what is wrong with the run as a whole.
    if (isOpen(view) && !needsSomebody(view)) throw new DemoEnd(code);
  }
}

/** @throws DemoEnd where there is none any more */
export async function currentView({ cli }: Demo, cluster: string): Promise<RunView> {
  const view = readView(await cli.read(['show', cluster, '--json']));
  if (view === undefined) throw new DemoEnd(6);
  return view;
}

async function decide(demo: Demo, view: RunView): Promise<'approved' | 'left open' | 'refuse'> {
  const { cluster } = view;
  if (!demo.asks) {
    demo.talk.heading('The approvals');
    await demoApproves(demo, cluster, openGates(view));
    return 'approved';
  }
  demo.talk.heading('The approvals are yours');
  const answer = await personApproves(demo, cluster);
  if (answer === 'refuse') await refuseAll(demo, cluster, () => currentView(demo, cluster));
  return answer;
}

function explainRate({ talk, place, asks }: Demo): void {
  talk.line(`The copy is held at ${DEMO_RATE}/s, so that it can be seen:`);
  talk.line(`copy.maxRate in ${shownPath(place, place.config)}`);
  if (asks) talk.line('Ctrl-C ends the watching, not the run.');
}

/** Shows the run until it has ended, or somebody has to decide. @returns exit code of `watch` */
async function watch(demo: Demo, cluster: string): Promise<number> {
  const { talk, cli, place } = demo;
  talk.command(`${place.words.program} watch ${cluster}`);
  // On a terminal it asks by itself when a gate opens again, and a person ends it with Ctrl-C.
  if (demo.asks) return cli.show(['watch', cluster]);
  const watching = cli.begin(['watch', cluster], 'inherit');
  const ended = watching.ended.then(({ code }) => code);
  try {
    await Promise.race([ended, untilSomebodyIsNeeded(demo, cluster)]);
  } finally {
    watching.stop();
    await ended;
  }
  const code = await ended;
  if (cli.interrupted.aborted && code === INTERRUPTED_CODE) throw new DemoInterrupted();
  return code;
}

/** Never returns for a run that ends: `watch` sees that by itself, and says so before it stops. */
async function untilSomebodyIsNeeded({ cli }: Demo, cluster: string): Promise<void> {
  for (;;) {
    const view = readView(await cli.read(['wait', cluster, '--for', 'gate', '--json']));
    if (view === undefined || !isOpen(view)) return new Promise(() => undefined);
    if (needsSomebody(view)) return;
    // What the run needs stands in its memo, which may be older than the decisions just made.
    await sleep(500);
  }
}
