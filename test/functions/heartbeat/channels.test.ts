import fc from 'fast-check'
import { expect, test } from 'vitest'
import { channelsFor } from '../../../functions/checks/heartbeat/channels.ts'
import type { Listed, TopicReading } from '../../../functions/checks/heartbeat/reading.ts'
import { reachedBy } from '../../../functions/checks/heartbeat/roll-call.ts'
import { ANNA, allTopics, BERT, PHONE, topicOf, unlisted } from './builders.ts'

const told = (...changes: TopicReading[]) => channelsFor(allTopics(...changes))
const alerts = (listed: Record<string, Listed['status']>) => topicOf('alerts', [ANNA, BERT, PHONE], listed)
const operations = (listed: Record<string, Listed['status']>) => topicOf('operations', [ANNA, BERT], listed)

test('news of Nightshift itself goes to operations', () => {
  expect(told()).toEqual(['operations'])
})

test('that an address of alerts is gone goes there too, and not by the way that is dead', () => {
  expect(told(alerts({}))).toEqual(['operations'])
})

test('whoever operations no longer reaches hears by alerts; who is on both gets it once', () => {
  expect(told(operations({ [BERT]: 'confirmed' }))).toEqual(['alerts'])
  expect(told(operations({}))).toEqual(['alerts'])
})

test('by both, where neither reaches all', () => {
  expect(told(operations({ [BERT]: 'confirmed' }), alerts({ [ANNA]: 'confirmed' }))).toEqual(['operations', 'alerts'])
})

test('people of alerts alone are not bothered while one of operations hears', () => {
  const others = topicOf('operations', ['ops@example.com', 'dev@example.com'], { 'ops@example.com': 'confirmed' })
  expect(told(others)).toEqual(['operations'])
})

test('but before nobody hears, they do', () => {
  expect(told(topicOf('operations', ['ops@example.com'], {}))).toEqual(['alerts'])
})

test('with no mailbox left a phone rings', () => {
  expect(told(operations({}), alerts({ [PHONE]: 'confirmed' }))).toEqual(['urgent'])
  expect(told(operations({}), alerts({ [PHONE]: 'confirmed' }), topicOf('urgent', [PHONE], {}))).toEqual(['alerts'])
})

test('with nobody left there is no way', () => {
  expect(told(operations({}), alerts({}), topicOf('urgent', [PHONE], {}))).toEqual([])
  expect(
    channelsFor([topicOf('alerts', [ANNA], {}), topicOf('operations', [ANNA], {}), topicOf('urgent', [])]),
  ).toEqual([])
})

test('where it is not known who hears, both are told', () => {
  expect(told(unlisted(operations({})))).toEqual(['operations', 'alerts'])
  expect(told(unlisted(operations({})), alerts({}))).toEqual(['operations'])
  expect(told(unlisted(operations({})), unlisted(alerts({})))).toEqual(['operations', 'alerts'])
})

test('whatever is dead: somebody hears if anybody can be reached, all of operations that can be do, and no topic is told for nothing', () => {
  const status = fc.constantFrom<Listed['status'] | undefined>('confirmed', 'pending', 'deleted', undefined)
  const mailboxes = [ANNA, BERT, 'ops@example.com']
  const topic = (channel: TopicReading['channel'], wanted: fc.Arbitrary<string[]>) =>
    fc.tuple(wanted, fc.array(status, { minLength: 4, maxLength: 4 })).map(([addresses, statuses]) => {
      const listed = Object.fromEntries(
        addresses.flatMap((address, i) => (statuses[i] ? [[address, statuses[i]]] : [])),
      ) as Record<string, Listed['status']>
      return topicOf(channel, addresses, listed)
    })
  const some = fc.subarray(mailboxes, { minLength: 1 })
  fc.assert(
    fc.property(
      topic(
        'alerts',
        fc.tuple(some, fc.boolean()).map(([mails, phone]) => (phone ? [...mails, PHONE] : mails)),
      ),
      topic('operations', some),
      topic('urgent', fc.constantFrom([], [PHONE])),
      (...topics) => {
        const channels = channelsFor(topics)
        const reached = (of: TopicReading[]) =>
          of.flatMap((one) => (reachedBy(one) ?? []).map(({ address }) => address))
        const chosen = topics.filter(({ channel }) => channels.includes(channel))
        // Somebody, if anybody at all.
        expect(reached(chosen).length > 0).toBe(reached(topics).length > 0)
        // Everybody of operations whom a mail can reach.
        const wanted = topics[1].wanted.map(({ address }) => address)
        for (const address of wanted)
          if (reached(topics.slice(0, 2)).includes(address)) expect(reached(chosen)).toContain(address)
        // Each of the chosen reaches somebody whom the others do not.
        for (const one of chosen) {
          const others = reached(chosen.filter((other) => other !== one))
          expect(reached([one]).some((address) => !others.includes(address))).toBe(true)
        }
      },
    ),
    { numRuns: 2_000 },
  )
})
