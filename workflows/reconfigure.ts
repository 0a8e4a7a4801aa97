import type { ReconfigureAnswer, ReconfigureInput } from './contract/messages.js';
import type { RunConfig } from './contract/config.js';
import { refuse } from './refuse.js';
import { answerWith } from './resume.js';
import { branchState, noteMemo } from './run.js';
import type { Run } from './run.js';

export function validateReconfigure(run: Run, { config }: ReconfigureInput): void {
  if (run.input.kind !== undefined)
    refuse('CONFIG_FIXED', `an ${run.input.kind === 'undo' ? 'undo' : 'open purge'} keeps its configuration`);
  const differs = differingHosts(run.input.config, config);
  if (differs.length > 0)
    refuse(
      'CONFIG_FIXED',
      `the configuration is one for other hosts: ${differs.join(', ')}`,
      'End the run with `runbook cancel`, and start it with this configuration.',
    );
}

/** Everything that is not in or past its swap is planned and asked for again; what is parked goes on with that. */
export function reconfigure(run: Run, { config, configDigest, by }: ReconfigureInput): ReconfigureAnswer {
  run.input = { ...run.input, config, configDigest };
  noteMemo(run);
  const because = `The configuration was changed by ${by}.`;
  const open = run.followers.filter(({ ended }) => !ended);
  const replanning = open.filter(({ swap }) => swap === 'before');
  for (const branch of [run.leader, ...replanning]) {
    branch.replan = because;
    const { failure } = branchState(run, branch);
    if (failure === undefined) continue;
    const reason = 'another configuration';
    answerWith(run, branch, {
      branch: branch.name,
      failureId: failure.failureId,
      action: 'retry',
      by,
      reason,
    });
  }
  const finishing = open.filter((branch) => !replanning.includes(branch));
  return { replanning: replanning.map(({ name }) => name), finishing: finishing.map(({ name }) => name) };
}

/** The run's records on the hosts carry its cluster and names; with others it would be another run. */
function differingHosts(now: RunConfig, then: RunConfig): string[] {
  const lines = ({ cluster, leader, followers }: RunConfig): string[] => [
    `cluster ${cluster}`,
    `leader ${leader.name} on ${leader.host}`,
    ...followers.map(({ name, host }) => `follower ${name} on ${host}`),
  ];
  const [had, has] = [lines(now), lines(then)];
  return [
    ...had.filter((line) => !has.includes(line)).map((line) => `${line} is missing`),
    ...has.filter((line) => !had.includes(line)).map((line) => `${line} is new`),
  ];
}
