import type { ParkedFailure, ResumeAction } from '../../workflows/contract/failure.js';
import { resumeUpdate } from '../../workflows/contract/messages.js';
import { WORKFLOW_TYPES } from '../../workflows/contract/names.js';
import { LEADER_BRANCH } from '../../workflows/contract/run-events.js';
import type { RunState } from '../../workflows/contract/run-state.js';
import { awaitView, isStable } from '../await-view.js';
import { EXIT } from '../exit-codes.js';
import { commandFailure } from '../failure.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { describeRun, queryRunState, requireOpenRun } from '../runs.js';
import type { RunDescription } from '../runs.js';
import { sendUpdate } from '../send-update.js';
import type { LoadedConfig } from '../config/load-config.js';
import { actor, requireConfig, withTarget } from '../target.js';
import type { Target } from '../target.js';
import { confirmTakeOver } from './confirm-take-over.js';
import { reconfigureRun } from './reconfigure.js';
import { runRestart } from './restart.js';
import { viewExitCode } from './show.js';
import { showView } from './show-view.js';
import { startAndShow } from './start.js';

const NEXT_STATE_MS = 10_000;

/** Answers a parked failure; a closed run is started again, and finds its work on the hosts. */
export function runResume(options: CommandOptions, io: CommandIo): Promise<number> {
  const action = actionOf(options);
  if (action === 'restart') return runRestart(options, io);
  return withTarget(options, io, async (target) => {
    const run = await describeRun(target.link, target.cluster);
    if (run.status !== 'RUNNING' && run.type === WORKFLOW_TYPES.setUpReplication) {
      if (action !== 'retry') requireOpenRun(run, target.cluster);
      const config = requireConfig({ ...options, cluster: target.cluster }, io);
      return startAndShow({ ...target, config }, options, io);
    }
    requireOpenRun(run, target.cluster);
    const other = otherConfig(run, options, io);
    if (other === undefined) return answer(target, run, action, options, io);
    if (action !== 'retry')
      throw commandFailure(
        'USAGE',
        `--${action} answers the run as it is; --config gives it another configuration`,
        {
          hint: 'Give one of them.',
        },
      );
    await reconfigureRun(target, run, other, options, io);
    return showNext(target, options, io);
  });
}

/** A file that only lies about changes nothing; one that is named, and is another than the run's, is meant. */
function otherConfig(run: RunDescription, options: CommandOptions, io: CommandIo): LoadedConfig | undefined {
  if (options.config === undefined || run.type !== WORKFLOW_TYPES.setUpReplication) return undefined;
  const config = requireConfig(options, io);
  return config.digest === run.memo?.configDigest ? undefined : config;
}

function actionOf(options: CommandOptions): ResumeAction | 'restart' {
  const { retry, skip, abort, takeOver, restart } = options;
  const flags = { retry, skip, abort, 'take-over': takeOver, restart };
  const names = ['retry', 'skip', 'abort', 'take-over', 'restart'] as const;
  const given = names.filter((name) => flags[name] === true);
  if (given.length > 1) {
    throw commandFailure('USAGE', `--${given.join(' and --')} exclude each other`, {
      hint: 'Give one of them.',
    });
  }
  return given[0] ?? 'retry';
}

async function answer(
  target: Target,
  run: RunDescription,
  action: ResumeAction,
  options: CommandOptions,
  io: CommandIo,
): Promise<number> {
  const state = await queryRunState(target.link, run);
  if (state === undefined)
    throw commandFailure('WORKER_ABSENT', 'no worker has answered within five seconds');
  const [branch, failure] = parkedOn(state, options.follower);
  if (!failure.actions.includes(action)) {
    throw commandFailure(
      'ACTION_NOT_ALLOWED',
      `${branch}: ${failure.step} cannot be answered with --${action}`,
      {
        hint: `Allowed: ${failure.actions.map((allowed) => `--${allowed}`).join(', ')}.`,
      },
    );
  }
  const { reason } = options;
  const confirm = action === 'take-over' ? await confirmTakeOver(target, failure, options, io) : undefined;
  const input = {
    branch,
    failureId: failure.failureId,
    action,
    by: actor(options, io),
    ...(reason === undefined ? {} : { reason }),
    ...(confirm === undefined ? {} : { confirm }),
  };
  const what = `the answer to ${failure.code} of ${branch}`;
  await sendUpdate(target.link, run, resumeUpdate, { input, what, interrupted: io.interrupted });
  io.note(`${branch}: ${action}`);
  return showNext(target, options, io);
}

async function showNext(target: Target, options: CommandOptions, io: CommandIo): Promise<number> {
  const view = await awaitView(target, io, isStable, Date.now() + NEXT_STATE_MS);
  if (view === undefined) return EXIT.interrupted;
  if (options.json) printJson(io, view);
  else await showView(target, io, view);
  return viewExitCode(view);
}

function parkedOn(state: RunState, wanted: string | undefined): [branch: string, failure: ParkedFailure] {
  const parked = [[LEADER_BRANCH, state.leader] as const, ...Object.entries(state.followers)].flatMap(
    ([name, { failure }]): [string, ParkedFailure][] => (failure === undefined ? [] : [[name, failure]]),
  );
  const meant = wanted === undefined ? parked : parked.filter(([name]) => name === wanted);
  const [only] = meant;
  const names = parked.map(([name]) => name).join(', ');
  if (only === undefined) {
    throw commandFailure(
      'NOT_PARKED',
      wanted === undefined ? `${state.cluster}: nothing is parked` : `${wanted} is not parked`,
      {
        detail: names === '' ? undefined : `Parked: ${names}.`,
      },
    );
  }
  if (meant.length > 1) {
    throw commandFailure('USAGE', 'several parts of the run are parked, and the command names none', {
      detail: `Parked: ${names}.`,
      hint: 'Name one with `--follower NAME`; `--follower leader` for the leader.',
    });
  }
  return only;
}
