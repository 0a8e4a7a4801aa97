import { Context } from '@temporalio/activity';
import type { Host, HostPool, SqlSession } from '../../../activities/hosts/host.js';
import { effectOf } from './effect-of.js';
import type { KillPoints } from './kill-points.js';

/** Hosts on which every change is a place to be stopped at, before and after it. Reading goes through untouched. */
export function killingHosts(pool: HostPool, points: KillPoints): HostPool {
  const around = async <T>(name: string, text: string, work: () => Promise<T>): Promise<T> => {
    const what = effectOf(text);
    if (what === undefined) return work();
    // The workflow names its activities `<step>/<branch>`.
    const { activityId } = Context.current().info;
    await points.meet('before', activityId, `${name}: ${what}`);
    const result = await work();
    await points.meet('after', activityId, `${name}: ${what}`);
    return result;
  };
  const session = (name: string, inner: SqlSession): SqlSession => ({
    query: (text, values) => around(name, text, () => inner.query(text, values)),
  });
  const host = (inner: Host): Host => ({
    name: inner.name,
    run: (script, options) => around(inner.name, script, () => inner.run(script, options)),
    sql: (endpoint, use) => inner.sql(endpoint, (opened) => use(session(inner.name, opened))),
  });
  return {
    use: (address, work) => pool.use(address, (inner) => work(host(inner))),
    close: () => pool.close(),
  };
}
