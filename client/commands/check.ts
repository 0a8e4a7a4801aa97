import type { Finding, Plan } from '../../workflows/contract/plan.js';
import type { FollowerClass } from '../../workflows/contract/target.js';
import { EXIT } from '../exit-codes.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { renderProblem } from '../render/problem.js';
import { CLASS_WORDS } from '../render/words.js';
import { surveyHosts } from '../survey-hosts.js';
import { actor, withConfig } from '../target.js';

/** One follower, as `check --json` prints it. */
export interface Checked {
  name: string;
  /** It streams from this leader through its own slot, and has replayed what the leader had flushed when it was asked. */
  ok: boolean;
  /** Absent where it could not be judged. */
  class?: FollowerClass;
  /** Blockers and warnings of its host, of the leader, or of no host. */
  findings: Finding[];
}

/** For cron: whether each follower still replicates, judged as a run would judge it. Changes nothing. */
export const runCheck = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withConfig(options, io, async (target) => {
    const { config } = target.config;
    const plan = await surveyHosts(target, actor(options, io), io);
    if (plan === undefined) return EXIT.interrupted;
    const names = config.followers.map(({ name }) => name).filter((name) => isMeant(name, options));
    const followers = names.map((name) => checked(name, plan, config.leader.name));
    const ok = followers.every((one) => one.ok);
    if (options.json) printJson(io, { cluster: plan.cluster, madeAt: plan.madeAt, ok, followers });
    else for (const one of followers) io.print(lines(one, io).join('\n'));
    return ok ? EXIT.ok : EXIT.failed;
  });

const isMeant = (name: string, { follower }: CommandOptions): boolean =>
  follower === undefined || follower === name;

/** The class `healthy` is that judgement; a blocker beside it is one too, e.g. of a leader that is another one now. */
function checked(name: string, plan: Plan, leader: string): Checked {
  const found = plan.followers[name]?.target.class;
  const findings = plan.findings.filter(
    ({ severity, host }) => severity !== 'info' && (host === undefined || host === name || host === leader),
  );
  return {
    name,
    ok: found === 'healthy' && findings.every(({ severity }) => severity !== 'blocker'),
    ...(found === undefined ? {} : { class: found }),
    findings,
  };
}

function lines({ name, ok, class: found, findings }: Checked, { style }: CommandIo): string[] {
  const what = found === undefined ? 'could not be judged' : CLASS_WORDS[found];
  return [
    `${name}: ${ok ? 'replicates' : `does not replicate as it should: ${what}`}`,
    ...findings.flatMap(({ severity, code, message, detail, hint }) =>
      renderProblem(
        {
          code,
          message,
          ...(detail === undefined ? {} : { detail }),
          ...(hint === undefined ? {} : { hint }),
        },
        style,
        severity,
        '  ',
      ).split('\n'),
    ),
  ];
}
