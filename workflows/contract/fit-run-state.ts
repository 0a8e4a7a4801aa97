import type { ParkedFailure } from './failure.js';
import type { Decision, GateState } from './gates.js';
import type { Finding } from './plan.js';
import type { Answer, BranchState, RunState } from './run-state.js';

/** The whole state stays below this per follower, plus once for the leader; bytes of JSON. */
export const STATE_BYTES_PER_BRANCH = 6_144;

/** How that is shared out; the rest is for names and the frame. */
const FOLLOWER_BYTES = 5_300;
const LEADER_BYTES = 3_000;
const DECISION_BYTES = 420;
const FINDING_BYTES = 150;
const FINDINGS_BYTES = 1_200;

/** Free text is cut in these steps until it fits; ids, tokens and fingerprints never are. */
interface Limits {
  evidence: number;
  text: number;
  lines: number;
}

const LIMITS: readonly Limits[] = [
  { evidence: 200, text: 600, lines: 10 },
  { evidence: 120, text: 400, lines: 8 },
  { evidence: 90, text: 400, lines: 8 },
  { evidence: 70, text: 300, lines: 6 },
  { evidence: 50, text: 240, lines: 5 },
  { evidence: 40, text: 180, lines: 4 },
  { evidence: 30, text: 120, lines: 3 },
  { evidence: 15, text: 60, lines: 2 },
  { evidence: 0, text: 24, lines: 1 },
];

export const fitLeader = (branch: BranchState): BranchState => firstThatFits(branch, LEADER_BYTES, cutBranch);

export const fitFollower = (branch: BranchState): BranchState =>
  firstThatFits(branch, FOLLOWER_BYTES, cutBranch);

/** The newest of each gate, and the one before it where there is room: the history holds them all. */
export function fitDecisions(decisions: Decision[]): Decision[] {
  const newest = (count: number) =>
    decisions.filter(({ gateId }, index) => {
      const later = decisions.slice(index + 1).filter((other) => other.gateId === gateId);
      return later.length < count;
    });
  const budget = DECISION_BYTES * newest(1).length;
  const two = newest(2);
  if (jsonBytes(two) <= budget) return two;
  return firstThatFits(newest(1), budget, (all, limits) =>
    all.map((decision) => cutDecision(decision, limits)),
  );
}

/** Blockers stay longest; the plan, which has a query of its own, holds every finding in full. */
export function fitFindings(findings: Finding[], branches: number): Finding[] {
  return firstThatFits(findings, FINDINGS_BYTES + FINDING_BYTES * branches, (all, limits) => {
    const ranked = [...all].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
    return ranked.slice(0, limits.lines * 2).map((finding) => cutProblem(finding, limits));
  });
}

const RANK: Record<Finding['severity'], number> = { blocker: 0, warning: 1, info: 2 };

function firstThatFits<T>(value: T, bytes: number, cut: (value: T, limits: Limits) => T): T {
  let cutDown = value;
  for (const limits of LIMITS) {
    cutDown = cut(value, limits);
    if (jsonBytes(cutDown) <= bytes) break;
  }
  return cutDown;
}

function cutBranch(branch: BranchState, limits: Limits): BranchState {
  const { failure, summary } = branch;
  return {
    ...branch,
    steps: branch.steps.map((step) =>
      step.evidence === undefined ? step : { ...step, evidence: clip(step.evidence, limits.evidence) },
    ),
    gates: branch.gates.map((gate) => cutGate(gate, limits)),
    leftovers: cutLines(branch.leftovers, limits),
    ...(branch.answers === undefined ? {} : { answers: cutAnswers(branch.answers, limits) }),
    ...(failure === undefined ? {} : { failure: cutProblem<ParkedFailure>(failure, limits) }),
    ...(summary?.differences === undefined
      ? {}
      : { summary: { ...summary, differences: cutLines(summary.differences, limits) } }),
  };
}

/** The latest ones; the history holds them all. */
const cutAnswers = (answers: Answer[], { lines, text }: Limits): Answer[] =>
  answers.slice(-Math.ceil(lines / 2)).map((answer) => ({
    ...answer,
    by: clip(answer.by, 64),
    ...(answer.reason === undefined ? {} : { reason: clip(answer.reason, text) }),
  }));

function cutGate(gate: GateState, limits: Limits): GateState {
  const cut = { ...gate };
  if (gate.because !== undefined) cut.because = clip(gate.because, limits.text);
  if (gate.decision !== undefined) cut.decision = cutDecision(gate.decision, limits);
  return cut;
}

function cutDecision(decision: Decision, limits: Limits): Decision {
  const cut = { ...decision, by: clip(decision.by, 64) };
  return decision.reason === undefined ? cut : { ...cut, reason: clip(decision.reason, limits.text) };
}

function cutProblem<T extends Finding | ParkedFailure>(problem: T, limits: Limits): T {
  const cut = { ...problem, message: clip(problem.message, limits.text) };
  if (problem.detail !== undefined) cut.detail = clip(problem.detail, limits.text);
  if (problem.hint !== undefined) cut.hint = clip(problem.hint, limits.text);
  return cut;
}

const cutLines = (lines: string[], limits: Limits): string[] =>
  lines.slice(0, limits.lines).map((line) => clip(line, limits.text));

const clip = (text: string, limit: number): string =>
  text.length <= limit
    ? text
    : `${Array.from(text)
        .slice(0, Math.max(0, limit - 1))
        .join('')}…`;

/** Length of the JSON in UTF-8: the contract knows no TextEncoder. */
export function jsonBytes(value: unknown): number {
  let bytes = 0;
  for (const character of JSON.stringify(value)) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** The bound the state as a whole keeps. */
export const stateBytesAllowed = (state: RunState): number =>
  STATE_BYTES_PER_BRANCH * (Object.keys(state.followers).length + 1);
