/** How the demo draws: colours only on a terminal that wants them, boxes, bars. */
import { styleText } from 'node:util'
import type { Severity } from '../../functions/checks/finding.ts'
import type { LocalSns } from '../world/aws-sns.ts'

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
/** Lines of a report, each of which begins with its severity. */
export function verdicts(lines: string[] = []): void {
  for (const line of lines) say(`  ${paint(STYLES[line.split(':')[0] as Severity], line)}`)
}

const BAR = 48

interface Bar {
  name: string
  all: number
  /** Of them. */
  idle: number
  note: string
}

/** One bar for each holder of connections, `#` at work and `-` idle, against the limit. */
export function bars(holders: Bar[], used: number, limit: number, legend: string): void {
  const widest = Math.max(...holders.map(({ name }) => name.length), 'all'.length)
  const scale = BAR / limit
  for (const { name, all, idle, note } of holders) {
    const idling = Math.round(idle * scale)
    const working = Math.max(0, Math.round(all * scale) - idling)
    const bar =
      paint('cyan', '#'.repeat(working)) +
      paint('yellow', '-'.repeat(idling)) +
      ' '.repeat(Math.max(0, BAR - working - idling))
    say(`    ${name.padEnd(widest)}  ${bar}  ${all}${note && `, ${note}`}`)
  }
  say(`    ${'all'.padEnd(widest)}  ${`${used} of ${limit}`.padEnd(BAR)}  (${legend})`)
}

/** A message as it was delivered, in a frame. */
export function message(heading: string, text: string): void {
  say(`\n  ${paint('bold', `+-- ${heading} ${'-'.repeat(Math.max(3, 76 - heading.length))}`)}`)
  for (const line of text.trimEnd().split('\n')) say(`  | ${line}`)
  say(`  +${'-'.repeat(80)}`)
}

/** Every message after the first `told`, as it was delivered; returns how many there are now. */
export function deliveries(inbox: LocalSns['inbox'], told: number): number {
  for (const { protocol, endpoint, subject, text } of inbox.slice(told))
    message(protocol === 'sms' ? `SMS to ${endpoint}` : `e-mail to ${endpoint}: ${subject}`, text)
  return inbox.length
}
