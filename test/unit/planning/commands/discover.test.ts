import { describe, expect, it } from 'vitest';
import { surveyScript } from '../../../../planning/commands/survey.js';
import { parseAddress } from '../../../../planning/postgres/address.js';
import { scriptBench } from './script-bench.js';

describe('the look at a host', () => {
  it('tells its own addresses, of both families and without the length of their networks', async () => {
    const bench = scriptBench();
    bench.program(
      'ip',
      `cat <<'END'
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 10.0.0.1 peer 10.0.0.2/32 scope global eth0\\       valid_lft forever preferred_lft forever
2: eth0    inet6 fd00::2/64 scope global \\       valid_lft forever preferred_lft forever
END`,
    );
    const seen = await bench.run(surveyScript({}));
    expect(seen.values['addresses']?.trim().split(' ')).toEqual(['127.0.0.1', '10.0.0.1', 'fd00::2']);
  });

  it('tells addresses that we can read, of this machine', async () => {
    const seen = await scriptBench().run(surveyScript({}));
    const addresses = seen.values['addresses']?.trim().split(' ') ?? [];
    expect(addresses).toContain('127.0.0.1');
    for (const address of addresses) expect(parseAddress(address)).toBeDefined();
  });
});
