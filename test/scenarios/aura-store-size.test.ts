import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { AuraMemory } from '../../functions/checks/aura/memory.ts'
import { type AuraNight, startAuraNight } from '../world/aura-night.ts'
import { type Neo4j, startNeo4j } from '../world/neo4j.ts'
import { describeNeo4j } from '../world/neo4j-describe.ts'

describeNeo4j('how much an instance stores', () => {
  let neo4j: Neo4j
  beforeAll(async () => {
    neo4j = await startNeo4j()
  })
  afterEach(() => neo4j.reset())
  afterAll(() => neo4j?.stop())

  async function remembered({ aws }: AuraNight): Promise<AuraMemory> {
    const items = await aws.dynamodb.items(aws.env.NIGHTSHIFT_TABLE as string)
    const { state } = items.find(({ sk }) => sk === 'CHECK#aura') ?? expect.fail('nothing is remembered')
    return JSON.parse(String(state)).aura
  }

  it('is asked for once an hour, and a server that does not tell is looked at like any other', async () => {
    await using night = await startAuraNight(neo4j)
    expect((await night.look())?.severity).toBe('ok')
    const first = await remembered(night)
    expect(first.storeAskedAt).toEqual(expect.any(Number))
    expect(first).not.toHaveProperty('store')
    expect((await night.look())?.severity).toBe('ok')
    const second = await remembered(night)
    // Between two looks an hour may begin: then it is asked again.
    expect(second.storeAskedAt === first.storeAskedAt || hourOf(second) > hourOf(first)).toBe(true)
  })

  it('is not asked for where the API tells it', async () => {
    await using night = await startAuraNight(neo4j)
    night.instance.api.type = 'free-db'
    expect((await night.look())?.severity).toBe('ok')
    expect(await remembered(night)).not.toHaveProperty('storeAskedAt')
  })
})

const hourOf = ({ storeAskedAt = 0 }: AuraMemory): number => Math.floor(storeAskedAt / 3_600_000)
