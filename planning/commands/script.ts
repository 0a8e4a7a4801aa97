import { shellQuote } from '../shell-quote.js';

/**
 * Everything a script prints for us: `key=value` lines, `key:=BASE64` for texts of several lines, and,
 * on a refusal, `!CODE detail` with exit status {@link REFUSED}.
 */
export const REFUSED = 10;

/** Our state on every host; root's alone. */
export const STATE_DIRECTORY = '/var/lib/pg-runbook';

const HEADER = `set -u
umask 077
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
STATE=${STATE_DIRECTORY}
say() { printf '%s=%s\\n' "$1" "$2"; }
say64() { printf '%s:=%s\\n' "$1" "$(base64 -w0)"; }
refuse() { printf '!%s %s\\n' "$1" "$2"; exit ${REFUSED}; }
`;

export interface ScriptParts {
  /** Shell variables, quoted here. Secrets may be among them: a script travels by stdin, never in argv. */
  variables?: Record<string, string>;
  /** Texts of shell functions, in any order. */
  functions?: string[];
  body: string;
}

/**
 * A POSIX sh script. `sh -s` runs each command as soon as it has read it, so a script whose sending
 * breaks off must do nothing: as one group it is read to its end first. (Definitions alone would not be
 * enough: one that is cut off within its name is a command, perhaps one that was defined before.)
 */
export function buildScript({ variables = {}, functions = [], body }: ScriptParts): string {
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${shellQuote(value)}`);
  return ['{', HEADER, ...assignments, ...functions, body.trim(), '}', ''].join('\n');
}

export interface ScriptAnswer {
  /** `key=value` lines; the last one of a name wins. */
  values: Record<string, string>;
  /** `key:=BASE64` lines, still encoded: planning has no decoder, activities do. */
  encoded: Record<string, string>;
  refused?: { code: string; detail: string };
}

/** Reads what a script of ours printed. Lines of any other form are somebody else's noise and ignored. */
export function readAnswer(stdout: string): ScriptAnswer {
  const answer: ScriptAnswer = { values: {}, encoded: {} };
  for (const line of stdout.split('\n')) {
    const refusal = /^!([A-Z_]+) ?(.*)$/.exec(line);
    if (refusal) answer.refused = { code: refusal[1] ?? '', detail: refusal[2] ?? '' };
    const pair = /^([a-z][a-zA-Z0-9_.]*)(:?)=(.*)$/.exec(line);
    if (!pair) continue;
    const [, key = '', colon, value = ''] = pair;
    (colon === ':' ? answer.encoded : answer.values)[key] = value;
  }
  return answer;
}
