import { register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';
import { createRequire } from 'node:module';

// Prints what the program had loaded when it ended: ES modules by a load hook, CommonJS by its cache.
const { port1, port2 } = new MessageChannel();
const loaded = [];
port1.on('message', (url) => loaded.push(url));
port1.unref();
const hook = `
  let port;
  export function initialize(given) { port = given; }
  export async function load(url, context, next) { port.postMessage(url); return next(url, context); }
`;
register(`data:text/javascript,${encodeURIComponent(hook)}`, { data: port2, transferList: [port2] });
const require = createRequire(import.meta.url);
process.on('beforeExit', () => {
  console.log(
    `loaded: ${[...loaded, ...Object.keys(require.cache)].filter((one) => one.includes('node_modules')).join(' ')}`,
  );
});
