import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellQuote } from '../../../planning/shell-quote.js';

const special = Array.from(' \t\n\r\'"\\$`!*?[]{}()<>|&;#~=%^-+,.:/@0aZé€');
const word = fc.oneof(
  fc.string({ unit: fc.constantFrom(...special), maxLength: 20 }),
  fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
);

describe('shellQuote', () => {
  it.each(['/bin/dash', '/bin/bash'])('gives %s every word back', (shell) => {
    const words = fc.sample(word, 1_500);
    const script = `for word in ${words.map(shellQuote).join(' ')}; do printf '%s\\0' "$word"; done\n`;
    const output = execFileSync(shell, ['-s'], { input: script, encoding: 'utf8' });
    expect(output.split('\0').slice(0, -1)).toEqual(words);
  });

  it.each([
    ['plain-word_1.2:/@%+=,', 'plain-word_1.2:/@%+=,'],
    ['', "''"],
    ["it's", "'it'\\''s'"],
    ['~', "'~'"],
    ['a\nb', "'a\nb'"],
  ])('%j', (text, quoted) => {
    expect(shellQuote(text)).toBe(quoted);
  });

  // A first word with = would be an assignment, and one with ~ behind = or : would be expanded in it.
  it('is a command word only where it cannot be an assignment', () => {
    const output = execFileSync('/bin/dash', ['-s'], {
      input: `printf '%s\\n' ${['a=~', 'PATH=/x:~', '-n'].map(shellQuote).join(' ')}\n`,
      encoding: 'utf8',
    });
    expect(output).toBe('a=~\nPATH=/x:~\n-n\n');
  });

  it('refuses NUL rather than drop it', () => {
    expect(() => shellQuote('a\0b')).toThrow('NUL');
  });
});
