import type { Cli } from './cli.js';
import type { DemoPlace } from './place.js';
import type { Talk } from './talk.js';

/** What the parts of the demo share. */
export interface Demo {
  place: DemoPlace;
  cli: Cli;
  talk: Talk;
  /** A person sits there and is asked. */
  asks: boolean;
}
