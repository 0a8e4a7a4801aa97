import type { Operation, Remedy } from './plan.js';

export type GateKind = 'change-leader' | 'wipe-follower' | 'repair-follower';

/** `change-leader`, or `wipe-follower/<name>`, or `repair-follower/<name>`. */
export type GateId = string;

export const gateIdOf = (kind: GateKind, follower?: string): GateId =>
  kind === 'change-leader' ? kind : `${kind}/${follower ?? ''}`;

/** A follower whose data stays is repaired; one whose data goes is wiped. */
export const followerGateKind = (remedy: Remedy): GateKind =>
  remedy === 'start' || remedy === 'repair' ? 'repair-follower' : 'wipe-follower';

const OWN_GATES: readonly GateKind[] = ['wipe-follower', 'repair-follower'];

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
