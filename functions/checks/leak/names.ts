/** Leaks are counted by family, as names change with each process; people are told whom they can find. */
import { applicationName, familyOf } from '../applications.ts'
import type { SessionGroup } from '../reading.ts'
import { cut, OTHERS } from './sampling.ts'

/** Each with the names that its family has in this look, and with the one name, or how many there are. */
export function withNames<One extends { name: string }>(
  ones: One[],
  groups: SessionGroup[],
): (One & { names: string[] })[] {
  const families = Map.groupBy(new Set(groups.map(applicationName)), (name) => cut(familyOf(name)))
  return ones.map((one) => {
    const names = families.get(one.name) ?? (one.name === OTHERS ? [] : [one.name])
    return { ...one, names, name: names.length > 1 ? `${one.name} (${names.length} names)` : (names[0] ?? one.name) }
  })
}

/** In the midst of a sentence. */
export const nameOf = ({ name }: { name: string }): string => (name === OTHERS ? 'the sum of small applications' : name)

const MOST_NAMED = 5
const NAMELESS = /^\(no name\) (.*)@(.*)$/

/** Whom a person is to restart, each by a name that can be found; of the sum of the small ones nobody knows. */
export function whomToRestart(leaks: { name: string; names?: string[] }[]): string[] {
  const names = leaks.flatMap(({ name, names: of }) => (name === OTHERS ? [] : (of ?? [name]))).map(sayWho)
  const more = names.length - MOST_NAMED
  return more > 0 ? [...names.slice(0, MOST_NAMED), `${more} more`] : names
}

const sayWho = (name: string): string => {
  const [, role, database] = NAMELESS.exec(name) ?? []
  return role ? `what logs in as ${role} to ${database} without an application_name` : name
}
