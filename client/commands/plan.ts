import { blockersOf } from '../../workflows/contract/plan.js';
import { EXIT } from '../exit-codes.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { renderPlan } from '../render/plan.js';
import { surveyHosts } from '../survey-hosts.js';
import { actor, withConfig } from '../target.js';

/** Surveys the hosts and prints what a run would do. Nothing is changed, no gate opens. */
export const runPlan = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withConfig(options, io, async (target) => {
    const plan = await surveyHosts(target, actor(options, io), io);
    if (plan === undefined) return EXIT.interrupted;
    if (options.json) printJson(io, { plans: [plan] });
    else io.print(renderPlan(plan, io.style));
    return blockersOf(plan).length > 0 ? EXIT.waiting : EXIT.ok;
  });
