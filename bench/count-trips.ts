import type { Host, HostPool } from '../activities/hosts/host.js';

/** A pool that counts the scripts and SQL sessions each host is sent. */
export function countTrips(pool: HostPool): { pool: HostPool; trips: Map<string, number> } {
  const trips = new Map<string, number>();
  const count = (name: string): void => void trips.set(name, (trips.get(name) ?? 0) + 1);
  const counting = (host: Host): Host => ({
    name: host.name,
    run: (script, options) => {
      count(host.name);
      return host.run(script, options);
    },
    sql: (endpoint, use) => {
      count(host.name);
      return host.sql(endpoint, use);
    },
  });
  return {
    trips,
    pool: {
      use: (address, work) => pool.use(address, (host) => work(counting(host))),
      close: () => pool.close(),
    },
  };
}
