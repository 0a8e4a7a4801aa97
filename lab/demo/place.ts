import { createHash } from 'node:crypto';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { shellQuote } from '../../planning/shell-quote.js';
import { containerWords } from './words.js';
import type { DemoWords } from './words.js';

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
  words: DemoWords;
  /** For `ssh -F`: the hosts are there already, with server and worker. */
  sshConfig?: string;
  /** Where it is known beforehand. */
  uiAddress?: string;
}

export function demoPlace(root: string, env: Env): DemoPlace {
  const sshConfig = env['LAB_SSH_CONFIG'];
  if (sshConfig)
    return {
      ...placeIn(root, dirname(sshConfig)),
      words: containerWords,
      sshConfig,
      ...(env['LAB_UI_ADDRESS'] && { uiAddress: env['LAB_UI_ADDRESS'] }),
    };
  const place = placeIn(root, env['LAB_HOME'] ? resolve(root, env['LAB_HOME']) : join(root, '.lab'));
  return { ...place, words: labWords(place) };
}

function placeIn(root: string, home: string): Omit<DemoPlace, 'words'> {
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

function labWords(place: Omit<DemoPlace, 'words'>): DemoWords {
  const program = 'bin/runbook';
  const lab = `${labPrefix(place)}${program} lab`;
  return {
    program,
    runbook: `${statePrefix(place)}${program}`,
    onHost: (host) => `${lab} exec ${host} --`,
    makeHosts: 'npm run demo',
    again: 'npm run demo',
    remove: `${lab} destroy`,
    workerLog: shownPath(place, join(place.stateHome, 'worker.log')),
  };
}

/** A path as somebody in the project's directory would type it. */
export function shownPath({ root }: Pick<DemoPlace, 'root'>, path: string): string {
  const inside = relative(root, path);
  return shellQuote(inside === '' || inside.startsWith('..') || isAbsolute(inside) ? path : inside);
}

/** What a person puts before `bin/runbook lab ...` to mean this lab. */
export const labPrefix = (place: Pick<DemoPlace, 'root' | 'home'>): string =>
  place.home === join(place.root, '.lab') ? '' : `LAB_HOME=${shownPath(place, place.home)} `;

/** What a person puts before the other commands to reach this demo's server. */
export const statePrefix = (place: Pick<DemoPlace, 'root' | 'stateHome'>): string =>
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
