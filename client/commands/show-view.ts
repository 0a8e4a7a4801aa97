import type { Plan } from '../../workflows/contract/plan.js';
import type { GateState } from '../../workflows/contract/gates.js';
import { branchesOf } from '../exit-codes.js';
import type { CommandIo } from '../io.js';
import { renderCard } from '../render/card.js';
import { renderRun } from '../render/run.js';
import { describeRun, queryPlan } from '../runs.js';
import type { RunView } from '../run-view.js';
import type { Target } from '../target.js';

export const openGatesOf = (view: RunView): GateState[] =>
  branchesOf(view)
    .flatMap(({ gates }) => gates)
    .filter(({ decision }) => decision === undefined);

/** The run, then the cards of its open gates. */
export async function showView(target: Target, io: CommandIo, view: RunView): Promise<void> {
  const gates = view.worker === 'seen' && view.status === 'RUNNING' ? openGatesOf(view) : [];
  const plan = gates.length === 0 ? undefined : await planOf(target);
  const cards = plan === undefined ? [] : gates.map((gate) => renderCard(gate, plan, io.style));
  io.print([renderRun(view, io.style, 'whole'), ...cards].join('\n\n'));
}

const planOf = async ({ link, cluster }: Target): Promise<Plan | undefined> =>
  queryPlan(link, await describeRun(link, cluster));
