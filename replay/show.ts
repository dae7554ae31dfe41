/** How a replay is printed: for people, in colours only on a terminal that wants them, or as JSON. */
import { styleText } from 'node:util'
import { applicationName } from '../functions/checks/applications.ts'
import { HELD } from '../functions/checks/outcomes.ts'
import { type EndingPolicy, saturationPercent } from '../functions/checks/victims.ts'
import { count, formatDuration, formatTime } from '../functions/units.ts'
import type { Judged, Verdict } from './judge.ts'

/** Leaves the text as it is where standard output is no terminal, or NO_COLOR is set. */
const paint = (style: Parameters<typeof styleText>[0], text: string) =>
  styleText(style, text, { stream: process.stdout })

export const showJudged = (judged: Judged[]): string => judged.map(showOne).join('\n\n')

function showOne({ look, policy, held, wouldEnd, left }: Judged): string {
  const { target = 'a list of no target', at, used, active } = look
  const when = at === undefined ? '' : `, ${formatTime(Date.parse(at))}`
  const taken = look.bare
    ? 'how many connections were taken is not in the list, so it is not judged'
    : `${used} of ${look.limit.usable} connections taken (${Math.floor(saturationPercent(look))}%), ${active} at work`
  const all = wouldEnd.length + left.length
  return [
    paint('bold', `${target}${when}: ${taken}`),
    `Policy: ${sayPolicy(policy)}`,
    ...(held === null ? [] : [paint('yellow', HELD[held])]),
    '',
    paint(
      wouldEnd.length > 0 ? ['red', 'bold'] : 'bold',
      `Would be ended: ${wouldEnd.length} of ${count(all, 'idle session')}`,
    ),
    ...table(wouldEnd.map((one) => row(one))),
    '',
    paint('bold', `Left alone: ${left.length}`),
    ...table(
      left.map((one) => [...row(one), one.why]),
      'why',
    ),
  ].join('\n')
}

const sayPolicy = ({ end, idleMs, abovePercent, atMost, only, protect }: EndingPolicy): string =>
  [
    `idle for ${formatDuration(idleMs)}`,
    abovePercent > 0 ? `from ${abovePercent}% of the connections on` : 'however many connections are taken',
    `at most ${atMost} in a run`,
    ...lists('only', only),
    ...lists('never', protect),
    ...(end ? [] : ['not opted in']),
  ].join('; ')

const lists = (word: string, { applications, roles }: EndingPolicy['only']): string[] => [
  ...(applications.length > 0 ? [`${word} applications ${applications.join(', ')}`] : []),
  ...(roles.length > 0 ? [`${word} roles ${roles.join(', ')}`] : []),
]

const row = (one: Verdict): string[] => [
  String(one.pid),
  applicationName(one),
  one.role,
  one.database,
  formatDuration(one.idleMs),
  formatDuration(one.limitMs),
  one.longestGapMs === undefined ? '' : formatDuration(one.longestGapMs),
]

const COLUMNS = ['pid', 'application', 'role', 'database', 'idle', 'limit', 'longest gap']

function table(rows: string[][], ...more: string[]): string[] {
  if (rows.length === 0) return []
  const all = [[...COLUMNS, ...more], ...rows]
  const widths = COLUMNS.map((_, i) => Math.max(...all.map((cells) => cells[i]?.length ?? 0)))
  const line = (cells: string[]) => `  ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd()
  return all.map((cells, i) => (i === 0 ? paint('dim', line(cells)) : line(cells)))
}

/** One object: nothing that a program would have to read out of sentences but `why`. */
export const judgedJson = (judged: Judged[]): string =>
  JSON.stringify(
    {
      looks: judged.map(({ look, policy, held, wouldEnd, left }) => ({
        ...(look.target !== undefined && { target: look.target }),
        ...(look.at !== undefined && { at: look.at }),
        policy,
        held,
        wouldEnd,
        left,
      })),
    },
    null,
    2,
  )
