import fc from 'fast-check';
import { isIP, isIPv4 } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isInNetwork, parseAddress, prefixMask } from '../../../../planning/postgres/address.js';

describe('parseAddress', () => {
  it.each([
    ['0.0.0.0', 4, 0n],
    ['10.0.0.1', 4, 0x0a000001n],
    ['255.255.255.255', 4, 0xffffffffn],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['FD00::a:1', 6, 0xfd0000000000000000000000000a0001n],
    ['1:2:3:4:5:6:7:8', 6, 0x00010002000300040005000600070008n],
    ['1:2:3:4:5:6:7::', 6, 0x00010002000300040005000600070000n],
    ['::ffff:10.0.0.1', 6, 0xffff0a000001n],
  ] as const)('%s', (text, family, value) => {
    expect(parseAddress(text)).toEqual({ family, value });
  });

  it.each([
    '',
    '10.1',
    '010.0.0.1',
    '1.2.3.256',
    '1.2.3.4.5',
    'host',
    'fe80::1%eth0',
    ':::',
    '1::2::3',
    '1:2',
  ])('%j is left to the server', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it("takes what node's own parser takes, but for zones", () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string({ unit: fc.constantFrom('0', '1', 'f', ':', '::', '.', '25'), maxLength: 12 }),
    );
    fc.assert(
      fc.property(text, (address) => {
        const family = isIPv4(address) ? 4 : isIP(address) === 6 ? 6 : undefined;
        expect(parseAddress(address)?.family).toBe(family);
      }),
      { numRuns: 500 },
    );
  });
});

describe('isInNetwork', () => {
  const within = (address: string, network: string, length: number): boolean => {
    const [one, net] = [parseAddress(address), parseAddress(network)];
    if (one === undefined || net === undefined) throw new Error('not an address');
    return isInNetwork(one, net, prefixMask(net.family, length));
  };

  it.each([
    ['10.0.0.1', '10.0.0.1', 32, true],
    ['10.0.0.2', '10.0.0.1', 32, false],
    ['10.0.0.2', '10.0.0.1', 30, true],
    ['192.168.1.1', '0.0.0.0', 0, true],
    ['10.0.0.1', '::', 0, false],
    ['::1', '0.0.0.0', 0, false],
    ['::ffff:10.0.0.1', '10.0.0.1', 32, false],
    ['fd00::1', 'fd00::', 64, true],
    ['fd00:0:0:1::1', 'fd00::', 64, false],
  ])('%s in %s/%d: %s', (address, network, length, expected) => {
    expect(within(address, network, length)).toBe(expected);
  });
});
