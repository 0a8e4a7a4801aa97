import { surveyScript, type SurveyScriptInput } from '../../planning/commands/survey.js';
import type { Host } from '../hosts/host.js';
import { runScript, type ScriptResult } from '../run-script.js';

/** The survey's one script, and how far the host's clock is off. */
export async function runSurveyScript(
  host: Host,
  input: SurveyScriptInput,
): Promise<{ seen: ScriptResult; clockOffsetSeconds: number }> {
  const sent = Date.now() / 1000;
  const seen = await runScript(host, surveyScript(input));
  const received = Date.now() / 1000;
  const [began, ended] = [Number(seen.values.began), Number(seen.values.ended)];
  return { seen, clockOffsetSeconds: clockOffset({ sent, began, ended, received }) };
}

/**
 * Host's clock minus ours. What was sent cannot have been read before, nor received before it was written: so
 * the offset lies between two bounds, as far apart as the round trip is long. Of all that is possible the
 * smallest is told. Times in seconds; 0 where the host told none.
 */
export function clockOffset(times: { sent: number; began: number; ended: number; received: number }): number {
  const [least, most] = [times.ended - times.received, times.began - times.sent];
  if (!Number.isFinite(least) || !Number.isFinite(most)) return 0;
  return least > 0 ? least : most < 0 ? most : 0;
}
