import type { Finding } from '../../workflows/contract/plan.js';
import { renderProblem } from './problem.js';
import type { Style } from './style.js';

const RANK = { blocker: 0, warning: 1, info: 2 } as const;

/** Blockers first; an info is one line, the others say what to do. */
export function renderFindings(findings: readonly Finding[], style: Style): string[] {
  return [...findings]
    .sort((a, b) => RANK[a.severity] - RANK[b.severity])
    .flatMap((finding) => {
      const { severity, message, detail, hint, code } = finding;
      const problem = {
        code,
        message,
        ...(detail === undefined ? {} : { detail }),
        ...(hint === undefined || severity === 'info' ? {} : { hint }),
      };
      return renderProblem(problem, style, severity === 'blocker' ? 'blocker' : severity, '  ').split('\n');
    });
}
