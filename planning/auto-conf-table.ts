import type { AutoConfTable, SettingRow } from '../workflows/contract/card.js';
import type { FollowerTarget, LeaderTarget } from '../workflows/contract/target.js';
import type { ClusterFacts, ServerFacts } from './facts.js';
import { confSettings, renderAutoConf } from './postgres/conf.js';
import { STANDBY_LIMITS } from './postgres/standby-settings.js';
import { redactSetting } from './redact.js';
import { followerConninfo } from './step-commands.js';

/** A plan must stay small. Characters, of one value and of all rows. */
const MAX_VALUE = 60;
const MAX_TOTAL = 1_500;

/**
 * What the new follower is configured with: the leader's running value, what the follower has now, and what
 * comes of it. The five settings a standby needs at least as high as its leader come from its running server
 * or its control data, all others from its postgresql.auto.conf. No result: the setting is dropped.
 */
export function autoConfTable(
  leader: { server: ServerFacts; target: LeaderTarget },
  facts: ClusterFacts,
  target: FollowerTarget,
): AutoConfTable {
  const former = confSettings(facts.files.autoConfText);
  const raised = raisedLimits(leader.server, facts);
  const ours = {
    primary_conninfo: followerConninfo(leader.target, target),
    primary_slot_name: target.slotName,
  };
  const result = confSettings(renderAutoConf(facts.files.autoConfText, { ...ours, ...raised }));
  const others = [...new Set([...Object.keys(ours), ...Object.keys(former)])].filter(
    (name) => !STANDBY_LIMITS.some((limit) => limit === name),
  );
  const rows = [
    ...STANDBY_LIMITS.map((name) => {
      const own = ownLimit(facts, name);
      return row(name, leader.server.settings[name]?.setting, own, result[name] ?? own);
    }),
    ...others.map((name) => row(name, leader.server.settings[name]?.setting, former[name], result[name])),
  ];
  let total = 0;
  const shown = rows.filter((one) => (total += JSON.stringify(one).length) <= MAX_TOTAL);
  return { rows: shown, omitted: rows.length - shown.length };
}

const ownLimit = (
  { files, server }: ClusterFacts,
  name: (typeof STANDBY_LIMITS)[number],
): string | undefined => server?.settings[name]?.setting ?? files.controlData?.limits[name].toString();

function raisedLimits(leader: ServerFacts, facts: ClusterFacts): Record<string, string> {
  const raised: Record<string, string> = {};
  for (const name of STANDBY_LIMITS) {
    const wanted = leader.settings[name]?.setting;
    const own = ownLimit(facts, name);
    if (wanted !== undefined && (own === undefined || Number(own) < Number(wanted))) raised[name] = wanted;
  }
  return raised;
}

function row(
  name: string,
  leader: string | undefined,
  follower: string | undefined,
  result: string | undefined,
): SettingRow {
  const shown = (key: 'leader' | 'follower' | 'result', value: string | undefined): Partial<SettingRow> =>
    value === undefined ? {} : { [key]: cut(redactSetting(name, value)) };
  return {
    name: cut(name),
    ...shown('leader', leader),
    ...shown('follower', follower),
    ...shown('result', result),
  };
}

const cut = (text: string): string => (text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text);
