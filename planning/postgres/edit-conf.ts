import { quoteConfValue } from './conf.js';
import { parseConf } from './conf-parse.js';

/**
 * The text of a postgresql.auto.conf with these settings and every other byte as it was: the last line of a
 * name is replaced where it stands, earlier ones of that name go, and what is not there yet comes at the end.
 * Same settings again, same bytes.
 */
export function withSettings(text: string, settings: Record<string, string>): string {
  const lines = parseConf(text);
  const open = new Map(Object.entries(settings));
  const kept: string[] = [];
  for (const line of [...lines].reverse()) {
    if (line.kind !== 'setting' || !(line.name in settings)) {
      kept.push(line.text);
      continue;
    }
    const value = open.get(line.name);
    if (value === undefined) continue; // an earlier line, which the later one has always hidden
    open.delete(line.name);
    kept.push(line.value === value ? line.text : settingLine(line.name, value));
  }
  const body = kept.reverse().join('');
  const added = [...open].map(([name, value]) => settingLine(name, value)).join('');
  return added === '' || body === '' || body.endsWith('\n') ? body + added : `${body}\n${added}`;
}

const settingLine = (name: string, value: string): string => `${name} = ${quoteConfValue(value)}\n`;
