import { blockersOf } from './contract/plan.js';
import type { Finding } from './contract/plan.js';
import { StepFailed } from './endings.js';
import type { Branch, Run } from './run.js';

/** Blockers of the leader, or of no host: they concern every follower. */
export function commonBlockers(run: Run): Finding[] {
  const { plan } = run;
  if (plan === undefined) return [];
  const found = plan.findings.filter(
    ({ severity, host }) =>
      severity === 'blocker' && (host === undefined || host === run.input.config.leader.name),
  );
  return found.length > 0 || plan.leader !== undefined ? found : [missing(run.input.config.leader.name)];
}

export function hostBlockers(run: Run, { name }: Branch): Finding[] {
  const { plan } = run;
  if (plan === undefined) return [];
  const found = blockersOf(plan, name);
  return found.length > 0 || plan.followers[name] !== undefined ? found : [missing(name)];
}

const missing = (host: string): Finding => ({
  severity: 'blocker',
  code: 'INTERNAL',
  host,
  message: `${host}: the survey gave neither a plan nor a reason`,
});

/** The failure that parks a branch for its blockers: the first in full, the others beside it. */
export function blocked([first, ...others]: Finding[]): StepFailed {
  if (first === undefined) throw new Error('no blocker');
  const { severity: _, ...problem } = first;
  const also = others.map(({ message }) => message);
  const detail = [problem.detail, ...also].filter((line) => line !== undefined).join('\n');
  return new StepFailed('surveyAndPlan', detail === '' ? problem : { ...problem, detail }, 'ask');
}
