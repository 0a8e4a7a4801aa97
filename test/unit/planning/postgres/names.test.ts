import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { quoteIdentifier, quoteLiteral, roleName, slotName } from '../../../../planning/postgres/names.js';

describe('slotName', () => {
  it('carries follower and operation', () => {
    expect(slotName('db-2-north', 'a1b2c3d4')).toBe('rb_db_2_north_a1b2c3');
  });

  it('is a name PostgreSQL takes, for every follower and operation', () => {
    const follower = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/);
    const op = fc.stringMatching(/^[0-9a-f]{8}$/);
    fc.assert(
      fc.property(follower, op, (name, id) => {
        expect(slotName(name, id)).toMatch(/^[a-z0-9_]{1,63}$/);
      }),
    );
  });

  it.each([
    ['Follower', 'a1b2c3d4'],
    ['follower', 'a1b2'],
    ['', 'a1b2c3d4'],
    ["f'", 'a1b2c3d4'],
    ['f'.repeat(60), 'a1b2c3d4'],
  ])('refuses %j with %j', (follower, op) => {
    expect(() => slotName(follower, op)).toThrow('no slot name');
  });
});

describe('roleName', () => {
  it('is one a follower where the password is generated', () => {
    expect(roleName({ role: 'replication', password: { kind: 'generate' } }, 'db-2')).toBe(
      'replication_db-2',
    );
    expect(roleName({ role: 'repl', password: { kind: 'env', name: 'X' } }, 'db-2')).toBe('repl');
  });

  it('is never one that PostgreSQL would cut off', () => {
    const password = { kind: 'generate' } as const;
    expect(roleName({ role: 'r'.repeat(60), password }, 'f1')).toHaveLength(63);
    expect(() => roleName({ role: 'r'.repeat(61), password }, 'f1')).toThrow('63 bytes');
    expect(() => roleName({ role: 'ö'.repeat(31), password }, 'f1')).toThrow('63 bytes');
  });
});

describe('quoting', () => {
  it("equals pg's own", () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', ' ', '"', "'", '\\', '$', 'ö', '\n', ';') });
    fc.assert(
      fc.property(text, (value) => {
        expect(quoteIdentifier(value)).toBe(pg.escapeIdentifier(value));
        expect(quoteLiteral(value)).toBe(pg.escapeLiteral(value));
      }),
    );
  });
});
