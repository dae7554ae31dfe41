/** What the schemas of answers from outside have in common. */
import * as v from 'valibot'

/** What does not fit and where, without the values themselves: they may be secrets. At most three; the first is telling. */
export const sayIssues = (issues: v.BaseIssue<unknown>[]): string =>
  issues
    .slice(0, 3)
    .map((issue) => `${v.getDotPath(issue) ?? 'the whole'} is not ${issue.expected ?? 'as it must be'}`)
    .join(', ')
