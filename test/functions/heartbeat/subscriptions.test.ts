import { describe, expect, test } from 'vitest'
import type { Listed, TopicReading } from '../../../functions/checks/heartbeat/reading.ts'
import { subscriptions } from '../../../functions/checks/heartbeat/subscriptions.ts'
import { ANNA, allTopics, BERT, PHONE, readingOf, topicOf, unlisted } from './builders.ts'

const judge = (...changes: TopicReading[]) => subscriptions.judge(readingOf({ topics: allTopics(...changes) }))
const judged = (...changes: TopicReading[]) => judge(...changes) ?? expect.fail('no answer')

test('with everybody subscribed all is well', () => {
  expect(judged()).toMatchObject({ severity: 'ok', recovered: true })
})

test('capital letters make no other address', () => {
  const listed = { 'Anna@Example.com': 'confirmed', [BERT]: 'confirmed', [PHONE]: 'confirmed' } as const
  expect(judged(topicOf('alerts', [ANNA, BERT, PHONE], listed)).severity).toBe('ok')
})

describe('an address that does not get what is sent', () => {
  test.for<[is: string, status: Listed['status'] | undefined, says: string, advice: RegExp]>([
    ['never confirmed', 'pending', `${ANNA} (alerts): not confirmed`, /Click the link/],
    ['unsubscribed by a link', 'deleted', `${ANNA} (alerts): unsubscribed`, /Create subscription/],
    ['not there any more', undefined, `${ANNA} (alerts): not subscribed`, /Deploying does not bring/],
  ])('because it is %s, is named with what to do', ([, status, says, advice]) => {
    const listed: Record<string, Listed['status']> = { [BERT]: 'confirmed', [PHONE]: 'confirmed' }
    if (status) listed[ANNA] = status
    const finding = judged(topicOf('alerts', [ANNA, BERT, PHONE], listed))
    expect(finding).toMatchObject({ severity: 'warning', opens: 'at-once', headline: says })
    expect(finding.evidence?.rows).toEqual([['alerts', ANNA, says.split(': ')[1]]])
    expect(finding.advice?.join(' ')).toMatch(advice)
  })

  test('is well where one of two subscriptions of it is confirmed', () => {
    const topic = topicOf('operations', [ANNA], { [ANNA]: 'confirmed' })
    topic.listed?.unshift({ protocol: 'email', address: ANNA, status: 'pending' })
    expect(judged(topic).severity).toBe('ok')
  })

  test('is critical once nobody gets the alerts by e-mail, whatever phones there are', () => {
    const finding = judged(topicOf('alerts', [ANNA, BERT, PHONE], { [ANNA]: 'pending', [PHONE]: 'confirmed' }))
    expect(finding).toMatchObject({ severity: 'critical', headline: 'nobody gets the e-mails of alerts' })
    expect(finding.summary).toContain('2 configured addresses do not get')
    expect(finding.summary).toContain('No alert about any database reaches anybody by e-mail.')
  })

  test('is a warning where nobody gets the mails of operations', () => {
    expect(judged(topicOf('operations', [ANNA, BERT], {}))).toMatchObject({
      severity: 'warning',
      headline: 'nobody gets the e-mails of operations',
    })
  })

  test('is one of two phones as well: what to do is another thing', () => {
    const finding = judged(topicOf('urgent', [PHONE], {}))
    expect(finding).toMatchObject({ severity: 'warning', headline: `${PHONE} (urgent): not subscribed` })
    expect(finding.advice?.join(' ')).toContain('take it out of tell.phones')
  })

  test('because the topic itself is gone, says so', () => {
    const finding = judged({ ...topicOf('operations', [ANNA, BERT], {}), gone: true })
    expect(finding.evidence?.rows).toEqual([
      ['operations', ANNA, 'the topic is gone'],
      ['operations', BERT, 'the topic is gone'],
    ])
    expect(finding.advice?.[0]).toContain('npx cdk destroy, then npx cdk deploy')
  })
})

describe('a filter policy', () => {
  const RINGS = '{"severity":["critical","resolved-critical"]}'
  const filtered = (channel: TopicReading['channel'], address: string, filter: string | undefined) => {
    const topic = allTopics().find((one) => one.channel === channel) ?? expect.fail('no topic')
    for (const one of topic.wanted)
      if (channel === 'alerts' && one.protocol === 'sms') one.severities = ['critical', 'resolved-critical']
    for (const one of topic.listed ?? []) if (one.address === address && filter !== undefined) one.filter = filter
    return topic
  }

  test.for<[channel: TopicReading['channel'], address: string, filter: string | undefined]>([
    ['alerts', PHONE, RINGS],
    ['alerts', PHONE, '{ "severity": ["resolved-critical", "critical"] }'],
    ['alerts', ANNA, ''],
    ['urgent', PHONE, ''],
    ['alerts', PHONE, undefined],
  ])('as it is configured is well: %s %s %s', ([channel, address, filter]) => {
    expect(judged(filtered(channel, address, filter)).severity).toBe('ok')
  })

  test.for<[channel: TopicReading['channel'], address: string, filter: string]>([
    ['alerts', PHONE, '{"severity":["critical"]}'],
    ['alerts', PHONE, '{"severity":["critical","resolved-critical"],"target":["orders"]}'],
    ['alerts', PHONE, `of the text: ${RINGS}`],
    ['alerts', ANNA, RINGS],
    // CloudWatch sends no attributes: any filter at all drops every alarm.
    ['urgent', PHONE, RINGS],
    ['operations', ANNA, 'not even JSON'],
  ])('that may drop what is sent is told: %s %s %s', ([channel, address, filter]) => {
    const finding = judged(filtered(channel, address, filter))
    expect(finding).toMatchObject({ severity: 'warning', headline: `${address} (${channel}): filtered out` })
    expect(finding.summary).toContain('1 configured address does not get')
    expect(finding.advice?.join(' ')).toContain('Subscription filter policy')
  })

  test('on the only mailbox of alerts is critical', () => {
    const topic = topicOf('alerts', [ANNA], { [ANNA]: 'confirmed' })
    for (const one of topic.listed ?? []) one.filter = RINGS
    expect(judged(topic)).toMatchObject({ severity: 'critical', headline: 'nobody gets the e-mails of alerts' })
  })

  test('that was taken off a phone is told: each mail would come as ten SMS', () => {
    const finding = judged(filtered('alerts', PHONE, ''))
    expect(finding).toMatchObject({ severity: 'warning', headline: `${PHONE} (alerts): without its filter` })
    expect(finding.summary).toBe('A phone gets every mail as SMS.')
  })

  test('that could not be asked for is not said to be well', () => {
    const notAsked = [{ what: `what is filtered out for ${PHONE} (alerts)`, why: 'Rate exceeded', refused: false }]
    expect(subscriptions.judge(readingOf({ notAsked }))).toBeNull()
  })
})

describe('somebody whom nobody configured', () => {
  const stranger = {
    [ANNA]: 'confirmed',
    [BERT]: 'confirmed',
    [PHONE]: 'confirmed',
    'spy@example.net': 'confirmed',
  } as const

  test('is told once, since it may be meant', () => {
    const finding = judged(topicOf('alerts', [ANNA, BERT, PHONE], stranger))
    expect(finding).toMatchObject({ severity: 'warning', once: true })
    expect(finding.headline).toBe('subscribed to alerts and not configured: spy@example.net')
    expect(finding.evidence?.rows).toEqual([['alerts', 'email', 'spy@example.net']])
  })

  test('stands beside an address that is gone, which is reminded of', () => {
    const { [ANNA]: _, ...others } = stranger
    const finding = judged(topicOf('alerts', [ANNA, BERT, PHONE], others))
    expect(finding.once).toBeUndefined()
    expect(finding.summary).toContain('1 subscription is there that nobody configured.')
    expect(finding.evidence?.rows.at(-1)).toEqual(['alerts', 'spy@example.net', 'subscribed, and not configured'])
  })

  test('gets nothing before he has confirmed', () => {
    expect(
      judged(topicOf('operations', [ANNA, BERT], { [ANNA]: 'confirmed', [BERT]: 'confirmed', x: 'pending' })).severity,
    ).toBe('ok')
  })
})

describe('where a topic could not be listed', () => {
  test('nothing is said of it, and no incident ends', () => {
    expect(judge(unlisted(topicOf('operations', [ANNA])))).toBeNull()
  })

  test('what is broken elsewhere is said all the same', () => {
    const finding = judged(unlisted(topicOf('operations', [ANNA])), topicOf('urgent', [PHONE], {}))
    expect(finding.headline).toBe(`${PHONE} (urgent): not subscribed`)
  })
})
