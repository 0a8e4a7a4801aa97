import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { labScript } from '../lab-script.js';
import { createCli } from './cli.js';
import { completeConfig } from './demo-config.js';
import { DemoEnd, DemoInterrupted, INTERRUPTED_CODE, problemText } from './demo-end.js';
import type { Demo } from './demo.js';
import { finish } from './finish.js';
import { currentView, followRun } from './follow-run.js';
import { DEMO_USAGE, readDemoOptions } from './options.js';
import type { DemoOptions } from './options.js';
import { demoPlace, labPrefix, shownPath } from './place.js';
import { requireSample } from './record.js';
import { isOpen, readView } from './run-view.js';
import type { RunView } from './run-view.js';
import { ensureUp } from './start-up.js';
import type { UpState } from './start-up.js';
import { createTalk, tookLine } from './talk.js';
import { interruptedLines } from './texts.js';

/** Names in the configuration that `lab up` writes. */
export const CLUSTER = 'lab';
export const LEADER = 'leader';

/** `npm run demo`, after the set-up. @returns exit code */
export async function runDemo(argv: string[]): Promise<number> {
  const talk = createTalk(process.stdout, process.env);
  let options: DemoOptions;
  try {
    options = readDemoOptions(argv);
  } catch (error) {
    process.stderr.write(`${problemText((error as Error).message)}\n\n${DEMO_USAGE}\n`);
    return 2;
  }
  if (options.help) {
    talk.line(DEMO_USAGE);
    return 0;
  }
  const place = demoPlace(dirname(dirname(labScript())), process.env);
  const cli = createCli(place);
  const asks = process.stdin.isTTY && process.stdout.isTTY && !options.approve;
  const demo: Demo = { place, cli, talk, asks };
  try {
    return await wholeDemo(demo, options);
  } catch (error) {
    if (cli.interrupted.aborted || error instanceof DemoInterrupted) {
      talk.line();
      for (const line of interruptedLines(place)) talk.line(line);
      return INTERRUPTED_CODE;
    }
    if (!(error instanceof DemoEnd)) throw error;
    if (error.message !== '') process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
}

async function wholeDemo(demo: Demo, options: DemoOptions): Promise<number> {
  const uiAddress = await prepare(demo, options.sample);
  const before = readView(await demo.cli.read(['show', CLUSTER, '--json']));
  if (isOpen(before)) demo.talk.line('The run of an earlier demo is still open; this goes on with it.');
  else await showPlan(demo);
  const view = await followRun(demo, await startRun(demo));
  return finish(demo, view, LEADER, uiAddress);
}

/** @returns where Temporal's own web page is */
async function prepare(demo: Demo, sample: string): Promise<string | undefined> {
  const { place, talk } = demo;
  if (place.sshConfig === undefined) {
    await makeHosts(demo, sample);
    return (await bringUp(demo)).uiAddress;
  }
  talk.line('Debian hosts in containers: a leader, and its followers to be.');
  await requireSample(place, LEADER);
  return place.uiAddress;
}

async function makeHosts({ cli, talk, place }: Demo, sample: string): Promise<void> {
  talk.line('Two real Debian hosts on this machine: a leader, and its follower to be.');
  talk.heading('Hosts, server, worker');
  mkdirSync(place.home, { recursive: true });
  const config = shownPath(place, place.config);
  talk.command(`${labPrefix(place)}bin/runbook lab up --sample ${sample} --config ${config}`);
  const code = await cli.show(['lab', 'up', '--sample', sample, '--config', place.config]);
  if (code !== 0) throw new DemoEnd(code);
  completeConfig(place);
  await requireSample(place, LEADER);
}

async function bringUp({ place, talk, cli }: Demo): Promise<UpState> {
  const startedAt = Date.now();
  const up = await ensureUp(place, cli.interrupted);
  const what = up.startedNow ? 'server and worker are up' : 'server and worker are up already';
  talk.line(
    tookLine('up', up.address === undefined ? what : `${what}, ${up.address}`, Date.now() - startedAt),
  );
  return up;
}

async function showPlan({ cli, talk, place }: Demo): Promise<void> {
  talk.heading('The plan: reads, changes nothing');
  talk.command(`${place.words.program} plan --config ${shownPath(place, place.config)}`);
  const code = await cli.show(['plan', '--config', place.config]);
  if (code !== 0) throw new DemoEnd(code);
}

/** Where nobody is asked, the cards are shown here; else each is shown as it is asked about. */
async function startRun(demo: Demo): Promise<RunView> {
  const { cli, talk, place, asks } = demo;
  talk.heading('Start: surveys again, then stops at its gates, if any');
  talk.command(`${place.words.program} start --config ${shownPath(place, place.config)}`);
  // Its exit code alone does not tell a run that waits from one that was refused.
  readView(await cli.read(['start', '--config', place.config, '--json']));
  let view = await currentView(demo, CLUSTER);
  if (isOpen(view) && view.phase === 'planning') {
    readView(await cli.read(['wait', CLUSTER, '--for', 'gate', '--timeout', '2m', '--json']));
    view = await currentView(demo, CLUSTER);
  }
  if (isOpen(view) && !asks) await cli.show(['show', CLUSTER]);
  return view;
}
