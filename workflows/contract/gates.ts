import type { ApprovalConfig } from './config.js';
import type { FollowerClass, FollowerTarget, Operation, Remedy } from './target.js';

/** `swap-follower`: right before the swap, where the plan's approval is not enough for it. */
export type GateKind =
  | 'change-leader'
  | 'wipe-follower'
  | 'swap-follower'
  | 'repair-follower'
  | 'undo-replacement'
  | 'purge-replaced';

/** `change-leader`, or the kind, a slash and the follower's name. */
export type GateId = string;

export const gateIdOf = (kind: GateKind, follower?: string): GateId =>
  kind === 'change-leader' ? kind : `${kind}/${follower ?? ''}`;

/** A follower whose data stays is repaired; one whose data goes is wiped. */
export const followerGateKind = (remedy: Remedy): GateKind => GATE_OF[remedy];

const GATE_OF: Record<Remedy, GateKind> = {
  none: 'wipe-follower',
  copy: 'wipe-follower',
  start: 'repair-follower',
  repair: 'repair-follower',
  undo: 'undo-replacement',
  purge: 'purge-replaced',
};

/** What a person can hardly miss: replaced with the plan's approval alone, while nobody is connected. */
const SWAPPED_WITH_PLAN: readonly FollowerClass[] = ['fresh', 'empty', 'partial', 'copied', 'down'];

/** Why the swap needs an approval of its own, whoever is connected; undefined: the plan's is enough. */
export function swapIsAsked(approval: ApprovalConfig, target: FollowerTarget): string | undefined {
  // Past its begin there is nothing left to decide.
  if (target.class === 'copied' || (inPlace(target) && target.class === 'partial')) return undefined;
  if (approval.swap === 'ask')
    return inPlace(target)
      ? 'All is ready for the copy; approval.swap says to ask before the old data is deleted.'
      : 'The copy is complete; approval.swap says to ask before it is put in place.';
  if (SWAPPED_WITH_PLAN.includes(target.class)) return undefined;
  return `${inPlace(target) ? 'All is ready for the copy' : 'The copy is complete'}; before the data of a follower that is ${target.class} is taken away, a person is asked.`;
}

const inPlace = ({ mode }: FollowerTarget): boolean => mode === 'in-place';

const OWN_GATES: readonly GateKind[] = [
  'wipe-follower',
  'repair-follower',
  'undo-replacement',
  'purge-replaced',
];

/** Whether one gate takes the place of the other: the same, or the same follower's with another remedy. */
export const replacesGate = (one: GateKind, other: GateKind): boolean =>
  one === other || (OWN_GATES.includes(one) && OWN_GATES.includes(other));

/** How many hex digits of the fingerprint a person copies from the card. */
export const FINGERPRINT_DIGITS = 12;

/** An approval must arrive within this time of the key press; ms. */
export const APPROVAL_TRAVEL_MS = 60_000;

/** A `validUntil` further ahead than this means the operator's clock is wrong; ms. */
export const APPROVAL_HORIZON_MS = 90_000;

export interface GateState {
  id: GateId;
  kind: GateKind;
  /** The name the approver types: the follower's, or the leader's. */
  name: string;
  /** What must be typed as well, where data that nobody else has goes: the system identifier, or the path. */
  identifier?: string;
  /** Minted when the gate opens; a decision for an earlier opening carries another one. */
  token: string;
  fingerprint: string;
  op: Operation;
  openedAt: string;
  expiresAt: string;
  /** How often the run has noted that the gate still waits, and when it last did. */
  reminders?: number;
  remindedAt?: string;
  /** ISO time from which on its facts are too old to approve; they are read again first. */
  freshUntil?: string;
  /** Why it is asked now; absent where a gate opens for the first time with the plan. */
  because?: string;
  decision?: Decision;
}

export interface Decision {
  gateId: GateId;
  verdict: 'approved' | 'rejected' | 'expired';
  by: string;
  reason?: string;
  at: string;
  token: string;
  fingerprint: string;
  op: string;
  epoch: number;
}

/** Argument of the `decide` update. */
export interface DecideInput {
  gateId: GateId;
  token: string;
  /** First {@link FINGERPRINT_DIGITS} hex digits. */
  fingerprint: string;
  /** The name as typed. */
  confirm: string;
  /** The identifier as typed, where the gate asks for one. */
  identifier?: string;
  verdict: 'approved' | 'rejected';
  by: string;
  reason?: string;
  /**
   * ISO time, a minute after the key press. An update that waited for a worker, or that a reset
   * applies again, is older than this and is refused.
   */
  validUntil: string;
}
