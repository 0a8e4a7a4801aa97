import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { confSettings } from '../../../../planning/postgres/conf.js';
import { withSettings } from '../../../../planning/postgres/edit-conf.js';

describe('editing postgresql.auto.conf', () => {
  it.each([
    ['adds what is not there', "a = '1'\n", { b: '2' }, "a = '1'\nb = '2'\n"],
    ['ends an open line first', "a = '1'", { b: '2' }, "a = '1'\nb = '2'\n"],
    [
      'changes a line where it stands',
      "a = '1'\nb = '1'\nc = '1'\n",
      { b: "it's" },
      "a = '1'\nb = 'it''s'\nc = '1'\n",
    ],
    [
      'keeps the line that says so already, as it is written',
      "B=  'x' # why\n",
      { b: 'x' },
      "B=  'x' # why\n",
    ],
    ['drops the earlier lines of the name', "b = '1'\na = '1'\nb = '2'\n", { b: '3' }, "a = '1'\nb = '3'\n"],
    [
      'keeps comments and what cannot be read',
      "# no\n!!\n\na = '1'\n",
      { b: '2' },
      "# no\n!!\n\na = '1'\nb = '2'\n",
    ],
    ['writes a file that was empty', '', { b: '2' }, "b = '2'\n"],
    ['leaves everything where nothing is wanted', "a = '1'", {}, "a = '1'"],
  ] as [string, string, Record<string, string>, string][])('%s', (_, text, settings, expected) => {
    expect(withSettings(text, settings)).toBe(expected);
  });

  it('sets what it shall, keeps the rest, and changes nothing the second time', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'primary_conninfo', 'x.y');
    const value = fc.stringMatching(/^[ -~]{0,20}$/);
    const line = fc.oneof(
      fc.tuple(name, value).map(([key, text]) => `${key} = '${text.replace(/['\\]/g, '$&$&')}'`),
      fc.constantFrom('', '# comment', '!!', 'a', "a = 'open"),
    );
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), fc.dictionary(name, value), (lines, closed, settings) => {
        const text = lines.join('\n') + (closed && lines.length > 0 ? '\n' : '');
        const edited = withSettings(text, settings);
        expect(confSettings(edited)).toEqual({ ...confSettings(text), ...settings });
        expect(withSettings(edited, settings)).toBe(edited);
        const others = (all: string) => all.split('\n').filter((one) => one.startsWith('#') || one === '!!');
        expect(others(edited)).toEqual(others(text));
      }),
    );
  });
});
