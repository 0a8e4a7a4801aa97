import { parseConninfo } from './postgres/conninfo.js';
import { logicalLines } from './postgres/hba-logical-lines.js';

// A plan enters the workflow's history and is pasted into change requests: what may be a secret on a host
// must not get into it. In doubt nothing is shown.

export const REDACTED = '<not shown>';

const SECRET_NAME = /pass(word|wd|phrase)?|secret|token|credential|(^|[_.])key($|[_.])|api_?key/i;
const SECRET_VALUE = /pass(word|wd|phrase)?\s*=|secret|token|:\/\/[^/\s]*@/i;
/** A number, a switch, a size, a duration: what custom settings of extensions mostly are. */
const HARMLESS = /^([-+]?\d+(\.\d+)?\s*(B|kB|MB|GB|TB|us|ms|s|min|h|d)?|on|off|true|false|yes|no)$/;

/**
 * A setting's value as a plan may show it. Not shown: commands (they may carry credentials in their words),
 * values of settings named like secrets, values that look like one, and what extensions keep that is more than
 * a number or a switch. Of a connection string host and port are shown.
 */
export function redactSetting(name: string, value: string): string {
  const lower = name.toLowerCase();
  if (value === '') return value;
  if (lower.endsWith('conninfo')) return shortConninfo(value);
  if (lower.endsWith('_command') || SECRET_NAME.test(lower)) return REDACTED;
  if (lower.includes('.') && !HARMLESS.test(value)) return REDACTED;
  return SECRET_VALUE.test(value) ? REDACTED : value;
}

/** Where a connection string leads to; nothing else of it. */
export function shortConninfo(conninfo: string): string {
  const parts = parseConninfo(conninfo);
  const shown = ['host', 'hostaddr', 'port'].flatMap((key) => {
    const value = parts?.[key];
    return value === undefined || value === '' || !/^[\w.:,/[\]-]+$/.test(value) ? [] : [`${key}=${value}`];
  });
  return shown.length === 0 ? REDACTED : shown.join(' ');
}

const HBA_SECRET = /(ldapbindpasswd|radiussecrets|passw(or)?d|secret)[^=]*=/i;

/**
 * A pg_hba.conf without the passwords of LDAP and RADIUS in it: from such an option on, the rest of
 * its line is left out, comments included. Line breaks stay where they are.
 */
export function redactHba(text: string, majorVersion: number): string {
  return logicalLines(text, majorVersion)
    .map(({ text: raw, logical }) => {
      const secret = HBA_SECRET.exec(logical);
      return secret === null ? raw : redactFrom(raw, secret.index);
    })
    .join('');
}

/** `at` counts characters of the logical line: the option's own name may be cut in two by a continuation. */
function redactFrom(raw: string, at: number): string {
  let seen = 0;
  return raw.replace(/[^\n]+/g, (line) => {
    const start = seen;
    seen += line.replace(/\r+$/, '').replace(/\\$/, '').length;
    return seen <= at ? line : `${line.slice(0, Math.max(0, at - start))}${REDACTED}`;
  });
}

/** A postgresql.conf: values as {@link redactSetting} shows them; of any other line that looks secret, nothing. */
export const redactConf = (text: string): string =>
  text.replaceAll(/^.*$/gm, (line) => {
    const [, head, name, quote, value] = /^(\s*([\w.]+)\s*=?\s*)('?)(.*)$/.exec(line) ?? [];
    if (head === undefined || name === undefined || /^\s*#/.test(line))
      return SECRET_VALUE.test(line) ? REDACTED : line;
    const bare =
      quote === "'" ? (value ?? '').replace(/'\s*(#.*)?$/, '').replaceAll("''", "'") : (value ?? '');
    return redactSetting(name, bare) === bare && !SECRET_VALUE.test(line)
      ? line
      : `${head}${redactSetting(name, bare)}`;
  });
