/** What in a configuration says of snapshots what cannot be, or would do nothing, without a word. */
import { recordOf, show } from './written.ts'

/** A day is written without its hour, and begins somewhere on earth before it does elsewhere. */
const DAY = 24 * 60 * 60_000

/**
 * @param root whatever is written: its shape may be wrong at the same time
 * @param now when it is written; what is a day ahead of that has not been done yet
 */
export function snapshotsFaults(
  root: Record<string, unknown>,
  targets: Record<string, unknown>[],
  now: number,
): string[] {
  const general = recordOf(root.snapshots)
  return [
    ...drillFaults('', general, now),
    ...unjudged('', general, general),
    ...targets.flatMap(({ aura, snapshots }, i) => {
      const own = recordOf(snapshots)
      const where = `targets[${i}].`
      return [
        ...(aura !== undefined && own.historyWindow !== undefined
          ? [
              `${where}snapshots.historyWindow: ${show(own.historyWindow)} is for Neon only; Aura restores snapshots and no points in time`,
            ]
          : []),
        ...drillFaults(where, own, now),
        ...unjudged(where, own, { ...general, ...own }),
      ]
    }),
  ]
}

function drillFaults(where: string, { drill }: Record<string, unknown>, now: number): string[] {
  const { last } = recordOf(drill)
  // NaN, of what is no date, is not ahead of anything.
  if (typeof last !== 'string' || !(Date.parse(last) > now + DAY)) return []
  return [`${where}snapshots.drill.last: ${show(last)} is yet to come; write the day on which a restore was last tried`]
}

/** What is said beside that none are expected. A target that expects none may stand under a general limit. */
function unjudged(where: string, own: Record<string, unknown>, { expected }: Record<string, unknown>): string[] {
  if (expected !== false) return []
  return ['maxAge', 'keepFor'].flatMap((setting) =>
    own[setting] === undefined
      ? []
      : [
          `${where}snapshots.${setting}: ${show(own[setting])} is not judged where none are expected (snapshots.expected: false); remove it${own.expected === false ? '' : ' or set expected: true beside it'}`,
        ],
  )
}
