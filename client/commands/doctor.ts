import { diagnosisOf } from '../diagnosis.js';
import { EXIT } from '../exit-codes.js';
import { printJson } from '../io.js';
import type { CommandIo } from '../io.js';
import type { CommandOptions } from '../options.js';
import { renderDiagnosis } from '../render/diagnosis.js';
import { surveyHosts } from '../survey-hosts.js';
import { actor, withConfig } from '../target.js';

/** Surveys the hosts and prints what is wrong with them and what to do about it. Changes nothing. */
export const runDoctor = (options: CommandOptions, io: CommandIo): Promise<number> =>
  withConfig(options, io, async (target) => {
    const plan = await surveyHosts(target, actor(options, io), io);
    if (plan === undefined) return EXIT.interrupted;
    const diagnosis = diagnosisOf(plan, target.config.config);
    if (options.json) printJson(io, diagnosis);
    else io.print(renderDiagnosis(diagnosis, io.style));
    return diagnosis.blockers > 0 ? EXIT.waiting : EXIT.ok;
  });
