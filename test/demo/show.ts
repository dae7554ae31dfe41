/** How the demo draws: colours only on a terminal that wants them, boxes, bars. */
import { styleText } from 'node:util'
import type { Application } from '../../functions/checks/applications.ts'
import type { Severity } from '../../functions/checks/finding.ts'
import { formatDuration } from '../../functions/units.ts'

type Style = Parameters<typeof styleText>[0]
/** Leaves the text as it is where standard output is no terminal, or NO_COLOR is set. */
const paint = (style: Style, text: string) => styleText(style, text, { stream: process.stdout })

const STYLES: Record<Severity, Style> = {
  ok: 'green',
  warning: 'yellow',
  unknown: 'magenta',
  critical: ['red', 'bold'],
}

export const say = (text = '') => process.stdout.write(`${text}\n`)
export const title = (text: string) => say(`\n${paint('bold', text)}`)
export const quiet = (text: string) => say(paint('dim', text))
export const verdict = (severity: Severity, text: string) => say(`  ${paint(STYLES[severity], text)}`)

const BAR = 48

/** One bar an application, `#` at work and `-` idle, against the limit. */
export function bars(applications: Application[], used: number, usable: number): void {
  const widest = Math.max(...applications.map(({ name }) => name.length))
  const scale = BAR / usable
  for (const { name, sessions, idle, oldestIdleMs } of applications) {
    const idling = Math.round(idle * scale)
    const working = Math.max(0, Math.round(sessions * scale) - idling)
    const bar =
      paint('cyan', '#'.repeat(working)) +
      paint('yellow', '-'.repeat(idling)) +
      ' '.repeat(Math.max(0, BAR - working - idling))
    const oldest = idle > 0 ? `, ${idle} idle, longest ${formatDuration(oldestIdleMs)}` : ''
    say(`    ${name.padEnd(widest)}  ${bar}  ${sessions}${oldest}`)
  }
  say(`    ${'all'.padEnd(widest)}  ${`${used} of ${usable}`.padEnd(BAR)}  (# at work, - idle)`)
}

/** A message as it was delivered, in a frame. */
export function message(heading: string, text: string): void {
  say(`\n  ${paint('bold', `+-- ${heading} ${'-'.repeat(Math.max(3, 76 - heading.length))}`)}`)
  for (const line of text.trimEnd().split('\n')) say(`  | ${line}`)
  say(`  +${'-'.repeat(80)}`)
}
