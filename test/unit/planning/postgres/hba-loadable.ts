import fc from 'fast-check';

/** A pg_hba.conf the server loads, and the files beside it. */
export interface LoadableHba {
  text: string;
  files: Record<string, string>;
}

export const ROLES = ['repl', 'Repl', 'a b', 'all', '@x'];

const bare = fc.constantFrom(
  'repl',
  'Repl',
  'all',
  'replication',
  '+crew',
  '+repl',
  'x',
  '"a b"',
  '"all"',
  '"@x"',
  '"+crew"',
);
const fileName = fc.constantFrom('@names', '@"more names"', '@sub/nested', '@empty');
const name = fc.oneof({ weight: 4, arbitrary: bare }, { weight: 1, arbitrary: fileName });
const comma = fc.constantFrom(',', ', ', ',,', ',\t\\\n');
const names = fc
  .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), comma)
  // A field of empty files is no field: then the next one would be taken for it.
  .map(([tokens, between]) => (tokens.every((token) => token === '@empty') ? 'x' : tokens.join(between)));
const databases = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('replication', 'replication', 'all,replication', '@dbs') },
  { weight: 1, arbitrary: names },
  { weight: 1, arbitrary: fc.constantFrom('all', '"replication"', 'sameuser') },
);

const address = fc.constantFrom(
  'all',
  'all',
  '127.0.0.0/8',
  '127.0.0.0/8',
  '127.0.0.1/32',
  '127.3.0.0/16',
  '127.3.0.0/16',
  '127.3.0.9 255.255.255.255',
  '127.0.0.9 255.0.0.255',
  '127.3/+16',
  '127.0.9/24',
  '0x7f030000/16',
  '0.0.0.0/0',
  '::/0',
  '::ffff:127.0.0.1/128',
  '10.0.0.0/8',
  'samehost',
  'samenet',
  'localhost',
  '.example.invalid',
  '@net',
);
const type = fc.constantFrom(
  'host',
  'host',
  'host',
  'hostssl',
  'hostnossl',
  'hostnogssenc',
  '"host"',
  'local',
);
const gap = fc.constantFrom(' ', '\t', '   ', ' \\\n ', '\\\n\t');
const end = fc.constantFrom('\n', '\n', ' # why\n', '\r\n', '#x \\\n and on\n', '\n\n# \\\\\n\n');
const rule = fc.tuple(type, databases, names, address, gap, end);

/** What the names may hold: lists over several lines, comments, other files. */
const content = fc
  .array(fc.tuple(bare, fc.constantFrom('\n', ' ', ',', ' # no\n', '\\\n')), { maxLength: 4 })
  .map((parts) => parts.flat().join(''));

/** Each rule with a method of its own, so that the method says which one decided. */
export const loadableHba = (methods: readonly string[]): fc.Arbitrary<LoadableHba> =>
  fc
    .record({
      rules: fc.array(rule, { minLength: 2, maxLength: methods.length }),
      names: content,
      more: content,
      nested: content,
    })
    .map(({ rules, names: list, more, nested }) => ({
      text: rules
        .map(([kind, dbs, roles, where, space, tail], index) =>
          [kind, dbs, roles, ...(kind === 'local' ? [] : [where]), methods[index]].join(space).concat(tail),
        )
        .join(''),
      files: {
        names: list === '' ? 'x' : list,
        'more names': `${more}\n@sub/nested # deeper\n`,
        'sub/nested': `"quoted, name"\n${nested}`,
        empty: '# nothing\n\n',
        dbs: 'all, postgres\n@sub/keyword',
        'sub/keyword': 'replication',
        net: '127.3.0.0/16',
      },
    }));
