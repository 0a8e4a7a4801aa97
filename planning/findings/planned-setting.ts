import type { LeaderTarget } from '../../workflows/contract/target.js';
import type { ServerFacts } from '../facts.js';

/** The value a setting has once the run has changed what it changes. */
export const plannedSetting = (server: ServerFacts, target: LeaderTarget, name: string): string | undefined =>
  target.settings.find((change) => change.name === name)?.to ?? server.settings[name]?.setting;
