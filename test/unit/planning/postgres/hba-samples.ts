import fc from 'fast-check';

const bare = fc.constantFrom('all', 'replication', 'repl', 'x', 'sameuser', '+g', 'a-b', 'x"y z"', '@', 'Ü');
const quoted = fc.string({
  unit: fc.constantFrom('a', ' ', ',', '#', '""', '+', '@', '/', 'all'),
  maxLength: 4,
});
const token = fc.oneof(
  bare,
  quoted.map((text) => `"${text}"`),
);
const list = fc
  .array(token, { minLength: 1, maxLength: 3 })
  .chain((tokens) => fc.constantFrom(',', ', ', ',,', '\t,').map((comma) => tokens.join(comma)));
const address = fc.constantFrom(
  'all',
  '"all"',
  'samehost',
  'samenet',
  '10.0.0.0/8',
  '10.0.0.2/32',
  '10.0.0.2',
  '10.0.0.0 255.0.255.0',
  '10.0.0.0 ffff::',
  '10.1/16',
  '10.1 255.255.0.0',
  '10.0.0.1/33',
  '0.0.0.0/0',
  '::/0',
  'fd00::1/128',
  'fd00:: ffff::',
  '::ffff:10.0.0.2/128',
  'host.internal',
  '.internal',
  'host/8',
  'a,b',
);
const type = fc.constantFrom(
  'local',
  'host',
  'hostssl',
  'hostnossl',
  'hostnogssenc',
  '"host"',
  'host,local',
  'hots',
);
const method = fc.constantFrom(
  'trust',
  'reject',
  'md5',
  'scram-sha-256',
  'peer',
  'bogus',
  'ident map=m',
  'md5,trust',
);
const blank = fc.constantFrom(' ', '\t', '   ', ' \\\n ', '\\\n  ');

/** A line as people write it, with what they get wrong. */
const rule = fc
  .tuple(type, list, list, address, method, blank, fc.constantFrom('', ' # why', '#x', ' \\', ' "'))
  .map(
    ([kind, databases, roles, where, how, gap, end]) =>
      [kind, databases, roles, ...(kind === 'local' ? [] : [where]), how].join(gap) + end,
  );

const line = fc.oneof(
  { weight: 6, arbitrary: rule },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '',
      '# comment',
      '# comment \\',
      '  ',
      '\\',
      ',',
      '""',
      'host',
      'host all',
      ' # a',
    ),
  },
);

/** A whole pg_hba.conf, without @file and include: those the server would follow. */
export const hbaFile = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\n', '\n', '\r\n')), { maxLength: 10 })
  .chain((lines) => fc.boolean().map((closed) => ({ lines, closed })))
  .map(({ lines, closed }) => {
    const text = lines.flat().join('');
    return closed ? text : text.replace(/\r?\n$/, '');
  });
