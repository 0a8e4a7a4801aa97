/** What the command line can say; every command takes the part of it that the table gives it. */
export interface CommandOptions {
  cluster?: string;
  follower?: string;
  config?: string;
  by?: string;
  json?: boolean;
  address?: string;
  namespace?: string;
  taskQueue?: string;
  /** `up --port` */
  port?: string;
  /** `worker --ready-file` */
  readyFile?: string;
  watch?: boolean;
  gate?: string;
  confirm?: string;
  fingerprint?: string;
  identifier?: string;
  reason?: string;
  retry?: boolean;
  skip?: boolean;
  abort?: boolean;
  /** `resume --take-over` */
  takeOver?: boolean;
  /** `resume --restart` */
  restart?: boolean;
  /** `report --run` */
  run?: string;
  /** `list --all` */
  all?: boolean;
  /** `cancel --force` */
  force?: boolean;
  /** `wait --for` */
  for?: 'gate' | 'closed';
  timeout?: string;
  /** `init [FILE]` */
  file?: string;
  /** `init --leader` */
  leader?: string;
  /** `init --follower`, each time it is given. */
  followers?: string[];
  /** `explain CODE` */
  code?: string;
}
