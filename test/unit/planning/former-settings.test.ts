import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseFormerSettings, renderFormerSettings } from '../../../planning/former-settings.js';

describe('the former settings of a record', () => {
  it('keep a value with blanks, on one line', () => {
    const former = { listen_addresses: 'localhost, 10.0.0.1', wal_level: '' };
    const line = renderFormerSettings(former);
    expect(line).not.toContain('\n');
    expect(parseFormerSettings(line)).toEqual(former);
    expect(parseFormerSettings('')).toEqual({});
  });

  it('come back as they were', () => {
    const values = fc.dictionary(fc.stringMatching(/^[a-z_.]{1,20}$/), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(values, (former) => {
        expect(parseFormerSettings(renderFormerSettings(former))).toEqual({ ...former });
      }),
    );
  });
});
