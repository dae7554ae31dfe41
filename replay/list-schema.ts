/** The lines of a recorded list, each fault in words. */
import * as v from 'valibot'
import { PROTECTIONS } from '../functions/checks/reading.ts'

const wanted = (what: string) => (issue: v.BaseIssue<unknown>) => `${issue.received} is not ${what}`
const text = v.string(wanted('text'))
const whole = v.pipe(
  v.number(wanted('a number')),
  v.check((n) => Number.isSafeInteger(n) && n >= 0, wanted('a whole number from 0')),
)
const duration = v.pipe(
  v.number(wanted('a number of milliseconds')),
  v.check((n) => n >= 0, wanted('a number of milliseconds from 0')),
)
/** What a look's list begins with. */
export const lookSchema = v.object({
  look: text,
  at: v.optional(
    v.pipe(
      text,
      v.check((at) => !Number.isNaN(Date.parse(at)), wanted('an ISO time')),
    ),
  ),
  used: whole,
  usable: whole,
  active: whole,
  surge: v.optional(v.boolean(wanted('true or false')), false),
})
/** One session of the list of the look before it. */
export const sessionSchema = v.object({
  pid: whole,
  application: v.optional(text, ''),
  role: v.optional(text, ''),
  database: v.optional(text, ''),
  idleMs: duration,
  protection: v.optional(v.nullable(v.picklist(PROTECTIONS, wanted(`null or one of ${PROTECTIONS.join(', ')}`))), null),
  permitted: v.optional(v.boolean(wanted('true or false'))),
  longestGapMs: v.optional(duration),
})
