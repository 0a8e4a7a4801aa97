/**
 * @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {Counts & { part: string, seconds: number, budget: number }} PartResult
 */

/**
 * What a run of vitest came to. A file that failed before its first test counts as one failure, and so
 * does a run that ended badly without naming any.
 * @param {{ testResults: FileResult[] } | undefined} results vitest's JSON; undefined when it wrote none
 * @param {number} exitCode
 * @returns {Counts}
 */
export function countResults(results, exitCode) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of results?.testResults ?? []) {
    const before = counts.failed;
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counts.passed += 1;
      else if (status === 'failed') counts.failed += 1;
      else counts.skipped += 1;
    }
    if (file.status === 'failed' && counts.failed === before) counts.failed += 1;
  }
  if (exitCode !== 0 && counts.failed === 0) counts.failed += 1;
  // Nothing ran: a part whose tests were not found must not look like success.
  if (counts.passed + counts.failed + counts.skipped === 0) counts.failed += 1;
  return counts;
}

/**
 * A skipped test is one that nobody knows the result of: it counts as failed.
 * @param {Counts[]} results
 */
export function totals(results) {
  const sum = (/** @type {(counts: Counts) => number} */ of) =>
    results.reduce((total, counts) => total + of(counts), 0);
  return { passed: sum(({ passed }) => passed), failed: sum(({ failed, skipped }) => failed + skipped) };
}

/** @param {PartResult} result */
export function summaryLine({ part, passed, failed, skipped, seconds, budget }) {
  const late = seconds > budget ? ', OVER BUDGET' : '';
  const skips = skipped > 0 ? `, ${skipped} skipped (counted as failed)` : '';
  return `${part.padEnd(9)} ${passed} passed, ${failed} failed${skips} in ${Math.round(seconds)} s (budget ${budget} s${late})`;
}
