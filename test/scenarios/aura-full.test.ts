import { expect, it } from 'vitest'
import { startAuraNight } from '../world/aura-night.ts'
import { startNeo4j } from '../world/neo4j.ts'
import { describeNeo4j } from '../world/neo4j-describe.ts'

describeNeo4j('an Aura instance whose every thread holds a transaction', () => {
  it('is critical as full, with who had the most at the last look that got in', async () => {
    const threads = 5
    const settings = { 'server.bolt.thread_pool_max_size': String(threads), 'server.bolt.thread_pool_min_size': '1' }
    await using neo4j = await startNeo4j({ settings })
    await using night = await startAuraNight(neo4j)
    await neo4j.createUser('shop')
    const sessions = []
    for (let i = 0; i < threads; i++) sessions.push(await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' }))
    expect((await night.look())?.severity).toBe('ok')
    // Each keeps its thread until it ends.
    await Promise.all(sessions.map((session) => session.begin('RETURN 1')))
    expect((await night.look())?.says).toEqual([
      'critical: connections.saturation: full: the instance takes no more work',
    ])
    const mail = await night.aws.sns.nextMail()
    expect(mail.subject).toMatch(/^\[CRITICAL\] graph: full/)
    expect(mail.text).toContain('no available threads')
    expect(mail.text).toContain('Restart shop (checkout/1.0)')
  })
})
