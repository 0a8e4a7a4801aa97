import type { Demo } from './demo.js';
import { gatherFacts } from './outcome-facts.js';
import { findRecord, insertRecord, insertStatement, readRecord, SAMPLE_DATABASE } from './record.js';
import { endingOf } from './run-view.js';
import type { RunView } from './run-view.js';
import { endingLines, farewellLines, runningLines, summaryLines } from './texts.js';

const FAILED_CODE = 5;

/** What came of the run, for the person; a refusal is an end like any other. @returns exit code */
export async function finish(demo: Demo, view: RunView, leader: string, uiAddress?: string): Promise<number> {
  const ending = endingOf(view);
  if (ending === 'done' || ending === 'nothing-to-do') {
    await showRecord(demo, view, leader);
    if (ending === 'done') await showChanges(demo, view, leader);
    showWhatNow(demo, view, uiAddress);
    return 0;
  }
  const { place } = demo;
  say(demo, ['', ...endingLines(place, view.cluster, ending), '', ...runningLines(place)]);
  return ending === 'refused' || ending === 'waiting' ? 0 : FAILED_CODE;
}

const say = ({ talk }: Demo, lines: string[]): void => {
  for (const line of lines) talk.line(line);
};

async function showChanges(demo: Demo, view: RunView, leader: string): Promise<void> {
  demo.talk.heading('What has changed, read on the hosts');
  say(demo, summaryLines(await gatherFacts(demo.place, view, leader)));
}

function showWhatNow(demo: Demo, view: RunView, uiAddress: string | undefined): void {
  const [follower = ''] = Object.keys(view.followers);
  const run = `/namespaces/default/workflows/${encodeURIComponent(view.workflowId)}`;
  demo.talk.heading('What now');
  say(demo, farewellLines(demo.place, view.cluster, follower, uiAddress && uiAddress + run));
}

/** A set-up ends with an order of its own on the leader; one that found nothing to do shows the last one. */
async function showRecord({ talk, place }: Demo, view: RunView, leader: string): Promise<void> {
  const former = view.outcome === 'done' ? undefined : await findRecord(place, leader);
  if (view.outcome === 'nothing-to-do') {
    talk.heading('Nothing to do');
    talk.line('Every follower streams already: nobody was asked, nothing was changed.');
  }
  talk.heading(former === undefined ? 'The proof: a record of our own' : 'The record of the last time');
  let id = former;
  if (id === undefined) {
    if (view.outcome === 'nothing-to-do') talk.line('No demo has got as far as its record yet.');
    talk.line(`On ${leader}, database ${SAMPLE_DATABASE}:`);
    for (const line of insertStatement(view.runId).split('\n')) talk.line(`  ${line}`);
    id = await insertRecord(place, leader, view.runId);
    talk.line();
  }
  for (const follower of Object.keys(view.followers)) {
    talk.line(`On ${follower}, order ${id} and the stream it came by:`);
    for (const line of await readRecord(place, follower, id)) talk.line(`  ${line}`.trimEnd());
  }
}
