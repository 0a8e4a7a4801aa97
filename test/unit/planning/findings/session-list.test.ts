import { describe, expect, it } from 'vitest';
import { followerFindings } from '../../../../planning/findings/follower-findings.js';
import { followerTarget } from '../../../../planning/targets.js';
import { freshServer, operation, sampleConfig, sampleFacts, sampleServer } from '../sample-facts.js';
import { expectOnly } from './look.js';

const session = (user: string | null, application = '', address: string | null = null) => ({
  database: user === null ? null : 'orders',
  user,
  application,
  address,
});

describe('a follower in use', () => {
  it('is told with who is connected, and how many more', () => {
    const sessions = [session('billing', 'psql', '10.0.0.9'), session('cron'), session(null)];
    const facts = sampleFacts('follower1', { server: freshServer({ sessions, clientSessions: 12 }) });
    const server = sampleServer();
    const found = followerFindings(
      { facts: sampleFacts('leader', { server }), server },
      facts,
      followerTarget(sampleConfig(), 'follower1', facts, operation(), 'fresh'),
      { class: 'fresh', reasons: [] },
    );
    expectOnly(found, 'warning', 'FOLLOWER_IN_USE', 'connected to it: 12');
    expect(found[0]?.detail).toBe(
      'billing in orders (psql) from 10.0.0.9; cron in orders from the host itself; somebody in no database from the host itself; … and 9 more',
    );
  });
});
