import { createHash } from 'node:crypto';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { shellQuote } from '../../planning/shell-quote.js';

type Env = Record<string, string | undefined>;

/** Where everything of one demo lies. All of it is inside the lab's home, so that `lab destroy` removes it. */
export interface DemoPlace {
  /** The project. */
  root: string;
  /** The lab's home. */
  home: string;
  stateHome: string;
  config: string;
  upLog: string;
  taskQueue: string;
}

export function demoPlace(root: string, env: Env): DemoPlace {
  const home = env['LAB_HOME'] ? resolve(root, env['LAB_HOME']) : join(root, '.lab');
  const id = createHash('sha256').update(home).digest('hex').slice(0, 6);
  return {
    root,
    home,
    stateHome: join(home, 'state'),
    config: join(home, 'runbook.yaml'),
    upLog: join(home, 'up.log'),
    taskQueue: `demo-${id}`,
  };
}

/** A path as somebody in the project's directory would type it. */
export function shownPath({ root }: DemoPlace, path: string): string {
  const inside = relative(root, path);
  return shellQuote(inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside);
}

/** What a person puts before `bin/runbook lab ...` to mean this lab. */
export const labPrefix = (place: DemoPlace): string =>
  place.home === join(place.root, '.lab') ? '' : `LAB_HOME=${shownPath(place, place.home)} `;

/** What a person puts before the other commands to reach this demo's server. */
export const statePrefix = (place: DemoPlace): string =>
  `RUNBOOK_STATE_HOME=${shownPath(place, place.stateHome)} `;

/**
 * The environment of every command the demo runs. A Temporal profile of the operator's own may name
 * another server, TLS or a key; only TEMPORAL_ADDRESS, which the set-up honours too, keeps it. (A file
 * that is not there counts as an empty one; an empty one is an error to Temporal's reader.)
 */
export function demoEnv(place: DemoPlace, env: Env): Env {
  const own = { LAB_HOME: place.home, RUNBOOK_STATE_HOME: place.stateHome };
  if (env['TEMPORAL_ADDRESS']) return { ...env, ...own };
  const kept = Object.entries(env).filter(([name]) => !/^TEMPORAL_(?!CLI_PATH$)/.test(name));
  return { ...Object.fromEntries(kept), ...own, TEMPORAL_CONFIG_FILE: join(place.home, 'no-profile.toml') };
}
